/** What playbooks and tasks are written with. */
export * as age from './age.ts'
export { BarrierError } from './barrier.ts'
export { parseSerial, parseShare } from './batch.ts'
export { runCli, runIfMain } from './cli.ts'
export {
  CommandError,
  CutoverError,
  exitStatus,
  type ExitStatus,
  explain,
  InterruptedError,
  message,
  UnreachableError,
  UnsafeError,
  unwrap,
  UsageError,
} from './errors.ts'
export type { Fact } from './fact.ts'
export { type Fed, type Host, type HostView, sha256 } from './host.ts'
export { type Inventory, type InventoryHost, loadInventory, parseInventory } from './inventory/index.ts'
export { inventorySchema } from './inventory/json-schema.ts'
export { type OnHost } from './on-host.ts'
export { closestTo, nearest } from './pattern.ts'
export { type Play, playbook, type Playbook } from './playbook.ts'
export { quote } from './quote.ts'
export { secretReference, type SecretReference } from './secret-reference.ts'
export { Secret } from './secrets.ts'
export { type Change, tagged, type Task, task, until } from './task.ts'
export { folder, render, renderText } from './template.ts'
export type { Step } from './transaction.ts'
export { z } from './zod.ts'
