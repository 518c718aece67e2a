import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { z } from 'zod'
import { BarrierError } from './barrier.ts'
import { CutoverError, type ExitStatus, exitStatus, explain, InterruptedError, UsageError } from './errors.ts'
import type { Failure } from './events.ts'
import { type Inventory, loadInventory } from './inventory.ts'
import { nearest } from './pattern.ts'
import { type OptionSpec, play, type Playbook } from './playbook.ts'
import { createReporter, outputs } from './report/index.ts'
import { Run, rootCause } from './run.ts'
import { resolveSecret } from './secret-reference.ts'
import { Masker, type Secret } from './secrets.ts'
import { onSignals } from './signals.ts'

const common: Record<string, OptionSpec> = {
  inventory: { type: 'string', short: 'i', default: process.env.CUTOVER_INVENTORY ?? 'inventory.yaml', help: 'the inventory file (or CUTOVER_INVENTORY)' },
  limit: { type: 'string', short: 'l', default: 'all', help: 'only hosts of this pattern: web-1,web-2 or web,!web-3 or web-*' },
  check: { type: 'boolean', short: 'C', default: false, help: 'say what would change, change nothing' },
  diff: { type: 'boolean', short: 'D', default: false, help: 'show what changes in files, before and after' },
  forks: { type: 'string', short: 'f', default: '25', help: 'work on so many hosts at once' },
  output: { type: 'string', short: 'o', help: `how to report: ${outputs.join(' or ')}; by default a tree on a terminal, else plain lines` },
  verbose: { type: 'boolean', short: 'v', default: false, help: 'show what commands print, and tasks that hold' },
  'accept-new-host-keys': { type: 'boolean', default: false, help: 'trust the host keys of servers seen for the first time' },
  help: { type: 'boolean', short: 'h', default: false, help: 'this text' },
}

export interface CliOptions {
  /** Words after the program's name. */
  argv: readonly string[]
  /** Instead of the inventory file: the host itself, for the program that runs there. */
  inventory?: Inventory<unknown>
  localRoot?: string
  write?: (text: string) => void
}

/** Runs a playbook as a program does, and gives its exit status. It alone prints errors. */
export async function runCli<S extends z.ZodType>(book: Playbook<S>, { argv, inventory: given, localRoot, write = (text) => void process.stdout.write(text) }: CliOptions): Promise<ExitStatus> {
  const masker = new Masker()
  // A reader that went away (`| head`) must not break a release off in its middle.
  process.stdout.on('error', () => undefined)
  const sink = (text: string): void => write(masker.mask(text))
  try {
    const { values, words } = parse(book, argv)
    if (values.help) {
      sink(usage(book))
      return exitStatus.ok
    }
    const inventory = (given as Inventory<z.output<S>> | undefined) ?? loadInventory(values.inventory as string, book.definition.settings, book.definition.extra)
    const limit = inventory.select(values.limit as string).map((host) => host.name)
    if (limit.length === 0) throw new UsageError(`--limit ${values.limit} leaves no host`)
    return await execute(book, inventory, { values, words, limit, masker, sink, localRoot })
  } catch (error) {
    sink(`${explain(error).map((line, index) => (index === 0 ? `error: ${line}` : `  ${line}`)).join('\n')}\n`)
    return error instanceof CutoverError ? error.exit : exitStatus.failed
  }
}

interface Execution {
  values: Record<string, string | boolean | undefined>
  words: readonly string[]
  limit: readonly string[]
  masker: Masker
  sink: (text: string) => void
  localRoot?: string
}

async function execute<S extends z.ZodType>(book: Playbook<S>, inventory: Inventory<z.output<S>>, { values, words, limit, masker, sink, localRoot }: Execution): Promise<ExitStatus> {
  const aborter = new AbortController()
  const reporter = createReporter(values.output as string | undefined, { sink, verbose: values.verbose === true, diff: values.diff === true })
  const becomePasswords = sudoPasswords(inventory, limit, masker)
  const release = onSignals(() => {
    reporter.on({ type: 'note', text: 'interrupted: ending what runs and undoing it (once more to exit at once)' })
    aborter.abort(new InterruptedError())
  })
  try {
    const run = new Run(
      {
        playbook: book.name,
        check: values.check === true,
        diff: values.diff === true,
        forks: positiveInteger('forks', values.forks as string),
        signal: aborter.signal,
        reporters: [reporter],
        acceptNewHostKeys: values['accept-new-host-keys'] === true,
        localRoot,
        becomePasswords,
        mask: (text) => masker.mask(text),
      },
      limit,
    )
    const work = book.work(play({ run, inventory, limit, options: values, words, masker }))
    const { failures } = await work.then(
      () => run.end(),
      () => run.end(),
    )
    await work
    return aborter.signal.aborted ? exitStatus.interrupted : judge(failures)
  } finally {
    await reporter.end()
    release()
  }
}

/** The sudo passwords of the hosts of this run: read before the first connection. @throws UsageError */
function sudoPasswords(inventory: Inventory, limit: readonly string[], masker: Masker): Map<string, Secret> {
  const base = dirname(resolve(inventory.path))
  const hosts = inventory.hosts.filter((host) => host.becomePassword && limit.includes(host.name))
  return new Map(
    hosts.map((host) => {
      const secret = resolveSecret(host.becomePassword!, `sudo password of ${host.name}`, base)
      masker.learn(secret)
      return [host.name, secret]
    }),
  )
}

/** A task's failure outweighs a host that can't be reached. */
function judge(failures: readonly Failure[]): ExitStatus {
  if (failures.length === 0) return exitStatus.ok
  // A host that was only held back by another says nothing of its own.
  const causes = failures.map(({ error }) => rootCause(error))
  const own = causes.filter((error) => !(error instanceof BarrierError))
  const exits = (own.length > 0 ? own : causes).map((error) => (error instanceof CutoverError ? error.exit : exitStatus.failed))
  return exits.every((exit) => exit === exitStatus.unreachable) ? exitStatus.unreachable : exitStatus.failed
}

/** A whole number of 1 or more. @throws UsageError */
export function positiveInteger(option: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`--${option} takes a whole number of 1 or more, not '${value}'`)
  return number
}

function parse(book: Pick<Playbook, 'definition'>, argv: readonly string[]): { values: Record<string, string | boolean | undefined>; words: string[] } {
  const options = { ...common, ...book.definition.options }
  for (const word of argv.filter((each) => each.startsWith('--'))) {
    const name = word.slice(2).split('=')[0]!
    if (name && !Object.hasOwn(options, name)) throw new UsageError(`no option is called --${name}`, { hint: nearest(name, Object.keys(options)) })
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: book.definition.positionals !== undefined })
    const missing = Object.entries(book.definition.options ?? {}).find(([name, { required }]) => required && values[name] === undefined)
    if (missing && !values.help) throw new UsageError(`--${missing[0]} is missing: ${missing[1].help}`)
    return { values: values, words: positionals }
  } catch (error) {
    if (error instanceof CutoverError) throw error
    throw new UsageError((error as Error).message.split('. ')[0]!, { hint: 'Options: --help.' })
  }
}

function usage(book: Pick<Playbook, 'name' | 'definition'>): string {
  const { definition } = book
  const line = ([name, { short, help, type }]: [string, OptionSpec]): string => `  ${short ? `-${short}, ` : '    '}${`--${name}${type === 'string' ? ' …' : ''}`.padEnd(26)}${help}`
  const own = Object.entries(definition.options ?? {})
  return [book.name, definition.help, '', `Options${definition.positionals ? ` [${definition.positionals}]` : ''}:`, ...own.map(line), ...Object.entries(common).map(line), '', 'Exit status: 0 all held or changed, 1 a task failed, 2 usage or inventory, 3 a host unreachable, 130 interrupted.', ''].join('\n')
}

/** Set by the bundler: a bundle holds several playbooks, and its own program chooses among them. */
declare const CUTOVER_BUNDLED: boolean | undefined

/** Runs the playbook if its file is the program that was started; else (a test imports it) does nothing. */
export async function runIfMain<S extends z.ZodType>(meta: ImportMeta, book: Playbook<S>): Promise<void> {
  const started = process.argv[1]
  if (typeof CUTOVER_BUNDLED !== 'undefined' || !started || realpathSync(started) !== realpathSync(fileURLToPath(meta.url))) return
  process.exitCode = await runCli(book, { argv: process.argv.slice(2) })
}
