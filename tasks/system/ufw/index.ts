export { dockerBehindUfw } from './docker.ts'
export { ufw, type UfwOptions } from './ufw.ts'
