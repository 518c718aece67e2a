export { bundle, hostBundle } from './bundle.ts'
