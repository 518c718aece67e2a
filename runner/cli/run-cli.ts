import { setMaxListeners } from 'node:events'
import type { z } from 'zod'
import { type ExitStatus, exitStatus, UsageError } from '../errors.ts'
import {
  extraVars,
  type Inventory,
  type InventoryHost,
  loadInventory,
  noVariables,
  originLines,
} from '../inventory/index.ts'
import { Logins } from '../login/index.ts'
import type { Options, Playbook } from '../play/index.ts'
import { Masker } from '../secret/index.ts'
import { credentialsFor, secretsOf } from './credentials.ts'
import type { Command } from './execute.ts'
import { parseOptions, usage, type Values } from './options.ts'
import { errorText, exitStatusOf } from './print-error.ts'
import { retryFile, toRetry, withFiles } from './retry.ts'

export interface CliOptions {
  /** The words after the program's name. */
  argv: readonly string[]
  /** Used instead of the inventory file, by the program that runs on a host. */
  inventory?: Inventory<unknown>
  /** The folder where the host's root file system is mounted, for a program that runs in a container on the host. */
  localRoot?: string
  write?: (text: string) => void
  /** What a person types to run this playbook, for the help text. */
  program?: string
}

/** Runs a playbook as a program. It prints errors itself, and never throws. @returns the exit status of the program */
export async function runCli<S extends z.ZodType, O extends Options>(
  book: Playbook<S, O>,
  {
    argv,
    inventory: givenInventory,
    localRoot,
    write = (text) => void process.stdout.write(text),
    program = '',
  }: CliOptions,
): Promise<ExitStatus> {
  const masker = new Masker()
  // If the reader of a pipe ends early (`| head`), a release must not stop half-way.
  if (!process.stdout.listeners('error').includes(ignoreError)) process.stdout.on('error', ignoreError)
  const sink = (text: string): void => write(masker.mask(text))
  try {
    const { values, positionals } = parseOptions(book, argv)
    if (values.help) {
      sink(usage(book, program))
      return exitStatus.ok
    }
    const { topLevelKeys, part } = book.definition
    // Without settings, S is the type of `noVariables`.
    const settings = (book.definition.settings ?? noVariables) as S
    const inventory =
      (givenInventory as Inventory<z.output<S>> | undefined) ??
      (await loadInventory(values.inventory, settings, {
        topLevelKeys,
        part,
        overrides: extraVars(values['extra-vars']),
      }))
    if (values['show-vars'] !== undefined) {
      for (const host of inventory.select(values['show-vars'])) sink(originLines(host))
      return exitStatus.ok
    }
    const limit = limitedHosts(inventory, values, book.name)
    const command: Command<S, O> = {
      book,
      inventory,
      values,
      positionals,
      limit,
      masker,
      sink,
      keepRetryFile: givenInventory === undefined,
    }
    return values['list-hosts'] || values['list-tasks'] || values['list-tags']
      ? await (await import('./listing.ts')).list(command)
      : await connectAndExecute(command, localRoot)
  } catch (error) {
    sink(errorText(error))
    return exitStatusOf(error)
  }
}

/** Begins to log in to the first hosts, and loads what runs the playbook meanwhile. */
async function connectAndExecute<S extends z.ZodType, O extends Options>(
  command: Command<S, O>,
  localRoot: string | undefined,
): Promise<ExitStatus> {
  const { inventory, values } = command
  // A report that cannot be written is refused before any host hears of the run.
  if (values.report.length > 0 || values.log !== undefined)
    (await import('../report/index.ts')).reportFiles({ reports: values.report, log: values.log })
  const aborter = new AbortController()
  // Every command that runs listens to this signal.
  setMaxListeners(0, aborter.signal)
  const hosts = inventory.hosts.filter(({ name }) => command.limit.includes(name))
  const logins = new Logins({
    signal: aborter.signal,
    acceptNewHostKeys: values['accept-new-host-keys'],
    localRoot,
    credentials: await credentialsFor(inventory, hosts, values),
    hop: (text) => inventory.hop(text),
  })
  try {
    const loading = import('./execute.ts')
    logins.ahead(firstHosts(command, hosts))
    const { execute } = await loading
    return await execute(command, { logins, secret: secretsOf(inventory), aborter })
  } finally {
    await logins.close()
  }
}

/** The hosts that a playbook connects to first. @throws UsageError for options that its own rules refuse */
function firstHosts<S extends z.ZodType, O extends Options>(
  { book, inventory, values, positionals }: Command<S, O>,
  hosts: InventoryHost<z.output<S>>[],
): readonly InventoryHost[] {
  return book.definition.connectsTo?.({ inventory, options: values as never, positionals, hosts }) ?? hosts
}

const ignoreError = (): void => undefined

/** The names of the hosts that a run is limited to. @throws UsageError if there is none */
function limitedHosts(inventory: Inventory, values: Values, playbook: string): string[] {
  const pattern = withFiles(values.limit)
  const hosts = inventory.select(pattern).map((host) => host.name)
  const unfinished = values.retry ? toRetry(retryFile(inventory.path, playbook)) : undefined
  const limit = unfinished ? hosts.filter((host) => unfinished.includes(host)) : hosts
  if (limit.length === 0)
    throw new UsageError(
      `--limit ${pattern} leaves no host${unfinished ? ` of those to retry: ${unfinished.join(', ')}` : ''}`,
    )
  return limit
}
