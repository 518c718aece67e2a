export { hostBundle } from './bundle.ts'
