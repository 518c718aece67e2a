export { extraVars } from './extra-vars.ts'
export {
  type Inventory,
  type InventoryHost,
  type InventoryOptions,
  loadInventory,
  parseInventory,
  type Reachable,
} from './inventory.ts'
export { jumpAddress, jumpChain, needsOpenssh } from './jump-chain.ts'
export { originLines } from './origins.ts'
export { sshTarget } from './reach.ts'
export { localHost } from './local.ts'
