import { CutoverError, type HostView } from '../../runner/index.ts'
import { containerName, type Slot } from '../app/index.ts'
import { inspectContainers } from '../docker/index.ts'
import { paths } from '../paths.ts'
import type { ReleaseContext } from './context.ts'

/** A release that did not pass. It is noted in the history, and the poller does not try it again. */
export class RefusedError extends CutoverError {}

export interface Refusal {
  slot: Slot
  why: string
  hint?: string
}

/** So many lines of explanation and log fit on a screen, below the line that says why. */
const screen = 22
/** The log is not cut below so many lines, whatever stands above it. */
const fewest = 8
/** A line is cut after so many characters. */
const widest = 180

/**
 * The error for a slot that is refused. It carries the end of the container's log and health log, which are removed with
 * it; the host keeps more of the log.
 */
export async function refused(
  host: HostView,
  { app, resolve }: ReleaseContext,
  { slot, why, hint }: Refusal,
): Promise<RefusedError> {
  const { wanted } = await resolve()
  const name = containerName(app.name, slot)
  const [log, [container]] = [await keptLog(host, app.name, name), await inspectContainers(host, [name])]
  const checks = counted(
    (container?.State.Health?.Log ?? []).map(({ ExitCode, Output }) => checkText(ExitCode, Output)),
  )
  const above = [
    ...(hint ? [hint] : []),
    ...(checks.length > 0 ? [`Its health checks:\n${indent(checks.slice(-3).join('\n'))}`] : []),
  ]
  return new RefusedError(`${app.name} ${wanted.tag} is refused: ${why}`, {
    hint: [...above, lastLines(log, screen - above.join('\n').split('\n').length)].join('\n'),
  })
}

/** The log of a container that is about to be removed. Its host keeps the last 1000 lines of it. */
interface KeptLog {
  text: string
  /** Where they are: `/var/log/cutover/shop-refused.log on web-1`. */
  place: string
}

/** Reads the end of a container's log, and keeps it on the host. */
export async function keptLog(host: HostView, app: string, container: string): Promise<KeptLog> {
  const file = `${paths.log}/${app}-refused.log`
  // Where the file cannot be written, tee goes on all the same.
  const { stdout } = await host.$({
    nothrow: true,
    pipefail: false,
  })`docker logs --tail 1000 ${container} 2>&1 | (umask 077; tee ${file} 2>/dev/null) | tail -n 100`
  return { text: stdout, place: `${file} on ${host.name}` }
}

/** The last lines of a log, and where the rest of it is. */
export function lastLines({ text, place }: KeptLog, most: number): string {
  const lines = text.trimEnd().split('\n').map(printable)
  const shown = lines.slice(-Math.max(fewest, most))
  const rest = lines.length > shown.length ? ` (more of them: ${place})` : ''
  return `Its last log lines${rest}:\n${indent(shown.join('\n'))}`
}

/** One line for one of Docker's checks: what it printed last. */
const checkText = (exitCode: number, output: string): string =>
  `exit ${exitCode}: ${printable(output.trim().split('\n').at(-1) ?? '')}`

/** Each line once, where the next ones are the same: with how many they are. */
function counted(lines: readonly string[]): string[] {
  const groups: { line: string; count: number }[] = []
  for (const line of lines) {
    const last = groups.at(-1)
    if (last?.line === line) last.count += 1
    else groups.push({ line, count: 1 })
  }
  return groups.map(({ line, count }) => (count === 1 ? line : `${line} (${count} times)`))
}

/** A line of a log without control sequences of terminals, cut where it is long. */
function printable(line: string): string {
  const text = line.replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, '').replace(/(?!\t)\p{Cc}/gu, '')
  return text.length > widest ? `${text.slice(0, widest)}…` : text
}

export const indent = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
