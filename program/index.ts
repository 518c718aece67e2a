export { hostBundle } from './bundle.ts'
export { bundle } from './bundle.ts'
