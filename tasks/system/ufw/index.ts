export { dockerBehindUfw } from './docker.ts'
export { ufw } from './ufw.ts'
