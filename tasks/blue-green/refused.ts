import { CutoverError, type HostView } from '../../runner/index.ts'
import { containerName, type Slot } from '../app/index.ts'
import { inspectContainers } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'

/** A release that did not pass. It is noted in the history, and the poller does not try it again. */
export class RefusedError extends CutoverError {}

export interface Refusal {
  slot: Slot
  why: string
  hint?: string
}

/** The error for a slot that is refused. It carries the container's log and health log, which are removed with it. */
export async function refused(
  host: HostView,
  { app, resolve }: ReleaseContext,
  { slot, why, hint }: Refusal,
): Promise<RefusedError> {
  const { wanted } = await resolve()
  const name = containerName(app.name, slot)
  const { stdout: log } = await host.$({ nothrow: true })`docker logs --tail 100 ${name} 2>&1`
  const [container] = await inspectContainers(host, [name])
  const healthLog = container?.State.Health?.Log ?? []
  const checks = healthLog.slice(-3).map(({ ExitCode, Output }) => `exit ${ExitCode}: ${Output.trim()}`)
  return new RefusedError(`${app.name} ${wanted.tag} is refused: ${why}`, {
    hint: [
      ...(hint ? [hint] : []),
      ...(checks.length > 0 ? [`Its health checks:\n${indent(checks.join('\n'))}`] : []),
      `Its last log lines:\n${indent(log)}`,
    ].join('\n'),
  })
}

export const indent = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
