/** What playbooks and tasks are written with. */
export * as age from './secret/age.ts'
export { parseSerial, parseShare } from './play/batch.ts'
export { parseArguments } from './cli/arguments.ts'
export { ask } from './cli/ask.ts'
export { runCli } from './cli/run-cli.ts'
export { errorText, exitStatusOf } from './cli/print-error.ts'
export { runIfMain } from './cli/run-if-main.ts'
export {
  BarrierError,
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
export type { Fact } from './host/fact.ts'
export { type Host, type HostView } from './host/host.ts'
export { sha256 } from './host/files.ts'
export type { RunningCommand } from './host/running-command.ts'
export { type Inventory, type InventoryHost, loadInventory, parseInventory } from './inventory/index.ts'
export { inventorySchema } from './inventory/json-schema.ts'
export { type OnHost } from './play/on-host.ts'
export { closestTo, nearest } from './nearest.ts'
export { type Play, playbook, type Playbook } from './play/playbook.ts'
export { quote } from './quote.ts'
export { secretReference, type SecretReference } from './secret/reference.ts'
export { Secret } from './secret/secret.ts'
export { tagged, type Task, task, until } from './task/task.ts'
export { folder, render, renderText } from './template.ts'
export type { Step } from './task/transaction.ts'
export { z } from './zod.ts'
export type { Change } from './events.ts'
export { localInventory } from './inventory/local.ts'
