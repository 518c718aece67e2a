import type { z } from 'zod'
import { BarrierError, CutoverError, type ExitStatus, exitStatus, InterruptedError, rootCause } from '../errors.ts'
import type { Counters, Failure, Reporter } from '../events.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Logins } from '../login/index.ts'
import { type Options, play, type Playbook, type PlayExecutor, Run, UnawaitedWork } from '../play/index.ts'
import { createReporter } from '../report/index.ts'
import type { Masker } from '../secret/index.ts'
import { askBeforeTask } from './ask.ts'
import type { SecretOf } from './credentials.ts'
import { positiveInteger, type Values } from './options.ts'
import { exitStatusOf } from './print-error.ts'
import { keepForRetry, retryFile } from './retry.ts'
import { onSignals } from './signals.ts'
import { taskFilter } from './task-filter.ts'

/** A parsed command line, with its playbook and its inventory. */
export interface Command<S extends z.ZodType = z.ZodType, O extends Options = Options> {
  book: Playbook<S, O>
  inventory: Inventory<z.output<S>>
  values: Values
  positionals: readonly string[]
  /** The names of the hosts that the run is limited to. */
  limit: readonly string[]
  masker: Masker
  sink: (text: string) => void
  /** Whether the hosts that are left unfinished are kept in a file, for `--retry`. */
  keepRetryFile: boolean
}

/** What a run has from its program, which began to log in before the run was loaded. */
export interface Begun {
  logins: Logins
  secret: SecretOf
  aborter: AbortController
}

/** Runs a playbook on its hosts. @returns the exit status of the program */
export async function execute<S extends z.ZodType, O extends Options>(
  command: Command<S, O>,
  { logins, secret, aborter }: Begun,
): Promise<ExitStatus> {
  const { book, inventory, values, positionals, limit, keepRetryFile } = command
  const filter = taskFilter(values, values.step ? askBeforeTask(aborter.signal) : undefined)
  const reporter = await reporterOf(command)
  const run = new Run(runSettings(command, { reporter, filter, logins, signal: aborter.signal }), limit)
  const stopListening = onSignals(() => {
    run.emit({ type: 'note', text: 'interrupted: ending what runs and undoing it (once more to exit at once)' })
    aborter.abort(new InterruptedError())
  })
  const strayed = catchUnhandled(aborter)
  try {
    const unawaited = new UnawaitedWork()
    const executor: PlayExecutor = { on: (...args) => unawaited.watch('play.on(…)', run.on(...args)), emit: run.emit }
    const work = book.work(
      play({
        executor,
        check: values.check,
        signal: aborter.signal,
        inventory,
        limit,
        options: values as never,
        positionals,
        secret,
      }),
    )
    await work.catch(() => undefined)
    const forgotten = await unawaited.end().catch((error: unknown) => error)
    const { failures, unfinished, started, recap, worst } = await run.end()
    if (keepRetryFile && started && !values.check) keepForRetry(retryFile(inventory.path, book.name), unfinished, limit)
    strayed.rethrow()
    await work
    if (forgotten instanceof Error) throw forgotten
    if (aborter.signal.aborted) return exitStatus.interrupted
    if (worst === 'error') return exitStatus.failed
    if (failures.length > 0) return statusOf(failures)
    filter.verify()
    if (worst === 'warning') return exitStatus.warned
    return values.check && values['exit-code'] && wouldChange(recap) ? exitStatus.drift : exitStatus.ok
  } finally {
    strayed.off()
    await reporter.end()
    stopListening()
  }
}

function reporterOf({ values, sink }: Command): Promise<Reporter> {
  return createReporter({
    // A question and a tree that redraws itself cannot share a terminal.
    output: values.output ?? (values.step ? 'plain' : undefined),
    reports: values.report,
    log: values.log,
    sink,
    verbose: values.verbose,
    diff: values.diff,
    profile: values.profile,
  })
}

interface RunParts {
  reporter: Reporter
  filter: ReturnType<typeof taskFilter>
  logins: Logins
  signal: AbortSignal
}

const runSettings = (
  { book, values, inventory, masker }: Command,
  { reporter, filter, logins, signal }: RunParts,
): ConstructorParameters<typeof Run>[0] => ({
  playbook: book.name,
  check: values.check,
  diff: values.diff,
  forks: positiveInteger('forks', values.forks),
  signal,
  reporters: [reporter],
  filter,
  handlerOrder: book.definition.handlers?.map(({ name }) => name),
  inventory: inventory.hosts,
  notes: inventory.unclaimed.map(
    ({ key, place }) =>
      `${place}: this playbook has no key '${key}', and leaves it to others; ` +
      `if one of them reads it, say so at the top of the inventory: parts: [${key}]`,
  ),
  logins,
  mask: (text) => masker.mask(text),
})

/**
 * A command that an author started without `await` and that fails would end Node at once, with nothing undone and
 * nothing reported. This ends the run in order instead.
 */
function catchUnhandled(aborter: AbortController): { rethrow(): void; off(): void } {
  let stray: CutoverError | undefined
  const onRejection = (cause: unknown): void => {
    stray ??= new CutoverError('something was started without await, and it failed', {
      cause,
      hint: 'Is an await missing, as in: await host.$`…`, await host.write(…)?',
    })
    aborter.abort(stray)
  }
  process.on('unhandledRejection', onRejection)
  return {
    rethrow: () => {
      if (stray) throw stray
    },
    off: () => void process.off('unhandledRejection', onRejection),
  }
}

const wouldChange = (recap: Readonly<Record<string, Counters>>): boolean =>
  Object.values(recap).some(({ changed, skipped }) => changed + skipped > 0)

/** The exit status of a run with failures: a task that failed counts for more than a host that cannot be reached. */
function statusOf(failures: readonly Failure[]): ExitStatus {
  // A host that stopped only because another one failed has no failure of its own.
  const causes = failures.map(({ error }) => rootCause(error))
  const own = causes.filter((error) => !(error instanceof BarrierError))
  const all = (own.length > 0 ? own : causes).map(exitStatusOf)
  return all.every((status) => status === exitStatus.unreachable) ? exitStatus.unreachable : exitStatus.failed
}
