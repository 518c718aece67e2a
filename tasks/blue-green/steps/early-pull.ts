import type { Host, HostView } from '../../../runner/index.ts'
import type { App } from '../../app/index.ts'
import { beginPull } from '../../docker/index.ts'
import type { EarlyPull } from '../context.ts'
import { historyFile, parseHistory } from '../history.ts'
import type { ReleaseTarget } from '../resolve.ts'
import { reference } from '../slots/slot-container.ts'

/** The platform of an image on a host: linux/amd64. '' if it is not there. */
export const platformOf = async (host: HostView, name: string): Promise<string> =>
  (
    await host.$({ nothrow: true })`docker image inspect -f ${'{{.Os}}/{{.Architecture}}'} ${name} 2>/dev/null`
  ).stdout.trim()

/**
 * Begins to pull the image of a target, if the host lacks it. It changes nothing that anybody uses. What was refused
 * there is not pulled before the release knows whether it is tried again.
 */
export async function pullEarly(host: Host, app: App, target: ReleaseTarget): Promise<EarlyPull | undefined> {
  if (target.from === 'docker') return undefined
  const name = reference({ app, wanted: { ...target, config: '' } })
  const [platform, history] = await Promise.all([platformOf(host, name), host.read(historyFile(app.name))])
  if (platform !== '') return { name, begun: undefined }
  const last = parseHistory(history).findLast(({ digest }) => digest === target.digest)
  return last?.result === 'refused' ? undefined : { name, begun: await beginPull(host, name) }
}

/**
 * The pulls on hosts of later batches, which begin as soon as the first one has found the target. What fails is left to
 * the host's own turn.
 */
export function laterPulls(appOn: (host: string) => App | undefined): {
  found: (target: ReleaseTarget) => ReleaseTarget
  meanwhile: (host: Host) => Promise<void>
} {
  let tell: (target: ReleaseTarget) => void = () => undefined
  const target = new Promise<ReleaseTarget>((resolve) => (tell = resolve))
  return {
    found: (one) => {
      tell(one)
      return one
    },
    meanwhile: async (host) => {
      const app = appOn(host.name)
      if (app) await pullEarly(host, app, await target)
    },
  }
}
