/// <reference types="node" preserve="true" />
/** What playbooks and tasks are written with. */
export * as age from './secret/age.ts'
export { optionLine, parseArguments } from './cli/arguments.ts'
export { ask } from './cli/ask.ts'
export { commonOptions } from './cli/options.ts'
export { errorText, exitStatusOf, printingErrors } from './cli/print-error.ts'
export { type CliOptions, runCli } from './cli/run-cli.ts'
export { isMain, runIfMain, saveMemory } from './cli/run-if-main.ts'
export { commandLine, startedAs } from './command-line.ts'
export {
  BarrierError,
  CommandError,
  CutoverError,
  exitStatus,
  type ExitStatus,
  explain,
  InterruptedError,
  message,
  MissingError,
  UnreachableError,
  UnsafeError,
  UsageError,
} from './errors.ts'
export type { Change, Finding, Severity, Traffic } from './events.ts'
export type { Argument } from './host/arguments.ts'
export type { CommandOptions } from './host/command-options.ts'
export { glob } from './glob.ts'
export type { Fact } from './host/fact.ts'
export { inTheWay } from './host/file-access.ts'
export { absolutePath, filePath, parseMode, parseOwner, parseWriteOptions, type WriteOptions } from './file-options.ts'
export { bytesOf, digestOf } from './host/files.ts'
export { keptMode } from './host/landing.ts'
export type { Host, HostView } from './host/host.ts'
export type { Output } from './host/output.ts'
export type { RunningCommand } from './host/running-command.ts'
export type { Command, Shell } from './host/shell.ts'
export { ownerAfter, type PathState } from './host/stat.ts'
export { localSize, sha256 } from './host/transfer.ts'
export { type Inventory, type InventoryHost, loadInventory, parseInventory } from './inventory/index.ts'
export { inventorySchema } from './inventory/json-schema.ts'
export { localInventory } from './inventory/local.ts'
export { memoize } from './memoize.ts'
export { closestTo, nearest } from './nearest.ts'
export { parseSerial, parseShare, type Serial } from './play/batch.ts'
export type { OnHost } from './play/on-host.ts'
export type { Outcomes } from './play/run-chosen.ts'
export type { Steps } from './play/steps.ts'
export type { Options, OptionSpec, OptionValues } from './play/options.ts'
export { type Play, playbook, type Playbook } from './play/playbook.ts'
export { quote } from './quote.ts'
export { secretReference, type SecretReference } from './secret/reference.ts'
export { Secret } from './secret/secret.ts'
export { action, type ActionOptions } from './task/action.ts'
export { assert } from './task/assert.ts'
export { tagged, type Task, task, type TaskOptions, until } from './task/task.ts'
export type { Step } from './task/transaction.ts'
export { folder, render, renderText } from './template.ts'
export { z } from './zod.ts'
