import { CutoverError, type HostView } from '../../runner/index.ts'
import { containerName, type Slot } from '../app/index.ts'
import { inspectContainers } from '../docker/index.ts'
import type { ReleaseContext } from './context.ts'

/** A release that did not pass: it is noted, so that the poller does not try it again. */
export class RefusedError extends CutoverError {}

/** What a slot said before it was refused: its log and its health log, for they go with it. */
export async function refused(
  host: HostView,
  { app, resolve }: ReleaseContext,
  slot: Slot,
  why: string,
  hint?: string,
): Promise<RefusedError> {
  const { wanted } = await resolve()
  const name = containerName(app.name, slot)
  const [logs, containers] = [
    (await host.$({ nothrow: true })`docker logs --tail 100 ${name} 2>&1`).stdout,
    await inspectContainers(host, [name]),
  ]
  const health =
    containers[0]?.State.Health?.Log?.slice(-3).map((entry) => `exit ${entry.ExitCode}: ${entry.Output.trim()}`) ?? []
  return new RefusedError(`${app.name} ${wanted.tag} is refused: ${why}`, {
    hint: [
      ...(hint ? [hint] : []),
      ...(health.length > 0 ? [`Its health checks:\n${indent(health.join('\n'))}`] : []),
      `Its last log lines:\n${indent(logs)}`,
    ].join('\n'),
  })
}

export const indent = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
