import { setMaxListeners } from 'node:events'
import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import type { z } from 'zod'
import { BarrierError } from './barrier.ts'
import { type Answer, Choice } from './choice.ts'
import { credentialsOf } from './credentials.ts'
import { CutoverError, type ExitStatus, exitStatus, explain, InterruptedError, UsageError, unwrap } from './errors.ts'
import type { Failure } from './events.ts'
import { extraVars } from './inventory/extra-vars.ts'
import { type Inventory, loadInventory } from './inventory/index.ts'
import { originLines } from './inventory/origins.ts'
import { Listing } from './listing.ts'
import { parseOptions, positiveInteger, usage, type Values, words as listOf } from './options.ts'
import { type Carrier, play, type Playbook } from './playbook.ts'
import { createReporter } from './report/index.ts'
import { keepForRetry, retryFile, toRetry, withFiles } from './retry.ts'
import { rootCause, Run } from './run.ts'
import { openAgeFiles, resolveSecret, type SecretReference } from './secret-reference.ts'
import { Masker, Secret } from './secrets.ts'
import { onSignals } from './signals.ts'
import { Watch } from './watch.ts'

export interface CliOptions {
  /** Words after the program's name. */
  argv: readonly string[]
  /** Instead of the inventory file: the host itself, for the program that runs there. */
  inventory?: Inventory<unknown>
  localRoot?: string
  write?: (text: string) => void
}

/** Runs a playbook as a program does, and gives its exit status. It alone prints errors. */
export async function runCli<S extends z.ZodType>(
  book: Playbook<S>,
  { argv, inventory: given, localRoot, write = (text) => void process.stdout.write(text) }: CliOptions,
): Promise<ExitStatus> {
  const masker = new Masker()
  // A reader that went away (`| head`) must not break a release off in its middle.
  if (!process.stdout.listeners('error').includes(goneReader)) process.stdout.on('error', goneReader)
  const sink = (text: string): void => write(masker.mask(text))
  try {
    const { values, words } = parseOptions(book, argv)
    if (values.help) {
      sink(usage(book))
      return exitStatus.ok
    }
    const inventory =
      (given as Inventory<z.output<S>> | undefined) ??
      (await loadInventory(values.inventory as string, book.definition.settings, {
        extra: book.definition.extra,
        over: extraVars((values['extra-vars'] ?? []) as string[]),
      }))
    if (values['show-vars'] !== undefined) {
      for (const host of inventory.select(values['show-vars'] as string)) sink(originLines(host))
      return exitStatus.ok
    }
    const limit = limited(inventory, values, book)
    const command = { book, inventory, values, words, limit, masker, sink, localRoot, remember: given === undefined }
    return values['list-hosts'] || values['list-tasks'] || values['list-tags']
      ? await list(command)
      : await execute(command)
  } catch (error) {
    sink(
      `${explain(error)
        .map((line, index) => (index === 0 ? `error: ${line}` : `  ${line}`))
        .join('\n')}\n`,
    )
    return error instanceof CutoverError ? error.exit : exitStatus.failed
  }
}

const goneReader = (): void => undefined

interface Command<S extends z.ZodType> {
  book: Playbook<S>
  inventory: Inventory<z.output<S>>
  values: Values
  words: readonly string[]
  /** The names of the hosts that it is limited to. */
  limit: readonly string[]
  masker: Masker
  sink: (text: string) => void
  localRoot?: string
  /** Whether hosts that are left unfinished are kept for `--retry`. */
  remember: boolean
}

/** The hosts that a run is limited to. @throws UsageError */
function limited(inventory: Inventory, values: Values, book: Playbook): string[] {
  const pattern = withFiles(values.limit as string)
  const hosts = inventory.select(pattern).map((host) => host.name)
  const again = values.retry ? toRetry(retryFile(inventory.path, book.name)) : undefined
  const limit = again ? hosts.filter((host) => again.includes(host)) : hosts
  if (limit.length === 0)
    throw new UsageError(`--limit ${pattern} leaves no host${again ? ` of those to retry: ${again.join(', ')}` : ''}`)
  return limit
}

/** Says what would run, without a connection; secrets are not asked for. */
async function list<S extends z.ZodType>({
  book,
  inventory,
  values,
  words,
  limit,
  sink,
}: Command<S>): Promise<ExitStatus> {
  const choice = choiceOf(values)
  const listing = new Listing(choice)
  const secret = (_: SecretReference, label: string): Secret => new Secret('not asked for', label)
  await book.work(
    play({
      carrier: listing,
      check: true,
      signal: new AbortController().signal,
      inventory,
      limit,
      options: values,
      words,
      secret,
    }),
  )
  choice.verify()
  sink(values['list-hosts'] ? listing.hosts() : values['list-tags'] ? listing.tags() : listing.tasks())
  return exitStatus.ok
}

async function execute<S extends z.ZodType>({
  book,
  inventory,
  values,
  words,
  limit,
  masker,
  sink,
  localRoot,
  remember,
}: Command<S>): Promise<ExitStatus> {
  const aborter = new AbortController()
  // Every command that runs listens to it.
  setMaxListeners(0, aborter.signal)
  const step = values.step === true
  const choice = choiceOf(values, step ? asker(aborter.signal) : undefined)
  // A question and a tree that redraws itself do not go together.
  const output = (values.output as string | undefined) ?? (step ? 'plain' : undefined)
  const mask = (text: string): string => masker.mask(text)
  const reporter = await createReporter({
    output,
    reports: (values.report ?? []) as string[],
    log: values.log as string | undefined,
    sink,
    mask,
    verbose: values.verbose === true,
    diff: values.diff === true,
    profile: values.profile === true,
  })
  const check = values.check === true
  const chosen = new Set(limit)
  const hosts = inventory.hosts.filter(({ name }) => chosen.has(name))
  const open = (values: unknown): Promise<void> => openAgeFiles(values, dirname(resolve(inventory.path)))
  await open(hosts.map(({ vars }) => vars))
  const secret = secretsOf(inventory, masker)
  const credentials = credentialsOf({
    askPassword: values['ask-pass'] === true,
    askBecome: values['ask-become-pass'] === true,
    secret,
    open,
    learn: (given) => masker.learn(given),
  })
  // Before the first connection: what is missing is said, and what is asked for is asked, at once.
  for (const host of hosts) await credentials(host)
  const release = onSignals(() => {
    reporter.on({ type: 'note', text: 'interrupted: ending what runs and undoing it (once more to exit at once)' })
    aborter.abort(new InterruptedError())
  })
  // A command that an author began and did not wait for, and which failed, would end Node where it stands: nothing undone, nothing told.
  let stray: CutoverError | undefined
  const onStray = (cause: unknown): void => {
    stray ??= new CutoverError('something was begun, nobody waited for it, and it failed', {
      cause: unwrap(cause),
      hint: 'Is an await missing, as in: await host.$`…`, await host.write(…)?',
    })
    aborter.abort(stray)
  }
  process.on('unhandledRejection', onStray)
  try {
    const run = new Run(
      {
        playbook: book.name,
        check,
        diff: values.diff === true,
        forks: positiveInteger('forks', values.forks as string),
        signal: aborter.signal,
        reporters: [reporter],
        choice,
        inventory: inventory.hosts,
        acceptNewHostKeys: values['accept-new-host-keys'] === true,
        localRoot,
        credentials,
        hop: (text) => inventory.hop(text),
        mask,
      },
      limit,
    )
    const watch = new Watch()
    const carrier: Carrier = { on: (...args) => watch.of('play.on(…)', run.on(...args)), emit: run.emit }
    const work = book.work(
      play({ carrier, check, signal: aborter.signal, inventory, limit, options: values, words, secret }),
    )
    await work.catch(() => undefined)
    const forgotten = await watch.end().catch((error: unknown) => error)
    const { failures, left, started, recap } = await run.end()
    if (remember && started && !check) keepForRetry(retryFile(inventory.path, book.name), left, limit)
    if (stray) throw stray
    await work
    if (forgotten instanceof Error) throw forgotten
    if (aborter.signal.aborted) return exitStatus.interrupted
    if (failures.length === 0) choice.verify()
    const drift =
      check &&
      values['exit-code'] === true &&
      Object.values(recap).some(({ changed, skipped }) => changed + skipped > 0)
    return failures.length === 0 && drift ? exitStatus.drift : judge(failures)
  } finally {
    process.off('unhandledRejection', onStray)
    await reporter.end()
    release()
  }
}

const choiceOf = (values: Values, ask?: (task: string) => Promise<Answer>): Choice =>
  new Choice({
    tags: listOf(values.tags),
    skipTags: listOf(values['skip-tags']),
    startAt: values['start-at'] as string | undefined,
    ask,
  })

/** Asks before a task. @throws UsageError without a terminal */
function asker(signal: AbortSignal): (task: string) => Promise<Answer> {
  if (!process.stdin.isTTY) throw new UsageError('--step asks before each task, and there is no terminal to ask at')
  return async (task) => {
    const ask = createInterface({ input: process.stdin, output: process.stdout })
    ask.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    try {
      const said = (await ask.question(`${task}? [y]es, [n]o, [c]ontinue without asking: `, { signal }))
        .trim()
        .toLowerCase()
      return said.startsWith('n') ? 'no' : said.startsWith('c') ? 'continue' : 'yes'
    } finally {
      ask.close()
    }
  }
}

/** Resolves references of an inventory; what they give is masked from then on. */
function secretsOf(inventory: Inventory, masker: Masker): (reference: SecretReference, label: string) => Secret {
  const base = dirname(resolve(inventory.path))
  return (reference, label) => {
    const secret = resolveSecret(reference, label, base)
    masker.learn(secret)
    return secret
  }
}

/** A task's failure outweighs a host that can't be reached. */
function judge(failures: readonly Failure[]): ExitStatus {
  if (failures.length === 0) return exitStatus.ok
  // A host that was only held back by another says nothing of its own.
  const causes = failures.map(({ error }) => rootCause(error))
  const own = causes.filter((error) => !(error instanceof BarrierError))
  const exits = (own.length > 0 ? own : causes).map((error) =>
    error instanceof CutoverError ? error.exit : exitStatus.failed,
  )
  return exits.every((exit) => exit === exitStatus.unreachable) ? exitStatus.unreachable : exitStatus.failed
}

/** Set by the bundler: a bundle holds several playbooks, and its own program chooses among them. */
declare const CUTOVER_BUNDLED: boolean | undefined

/** Runs the playbook if its file is the program that was started; else (a test imports it) does nothing. */
export async function runIfMain<S extends z.ZodType>(meta: ImportMeta, book: Playbook<S>): Promise<void> {
  const started = process.argv[1]
  if (
    typeof CUTOVER_BUNDLED !== 'undefined' ||
    !started ||
    realpathSync(started) !== realpathSync(fileURLToPath(meta.url))
  )
    return
  // Young garbage is cleared in the room that loading took, where V8 would rather take 20 MB more than do so: at 100 hosts for no CPU that one can measure.
  setFlagsFromString('--semi-space-growth-factor=1')
  process.exitCode = await runCli(book, { argv: process.argv.slice(2) })
}
