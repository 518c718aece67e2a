import { type Change, type HostView, type Task, task } from '../../../runner/index.ts'
import { pull } from '../../docker/index.ts'
import { platformFact } from '../../system/index.ts'
import type { ReleaseContext } from '../context.ts'
import { RefusedError } from '../refused.ts'
import { reference } from '../slots/slot-container.ts'

/** The image is on the host, pulled by its digest, and is for the host's platform. */
export function pullImage(context: ReleaseContext): Task {
  const platformOf = async (host: HostView, name: string): Promise<string> =>
    (
      await host.$({ nothrow: true })`docker image inspect -f ${'{{.Os}}/{{.Architecture}}'} ${name} 2>/dev/null`
    ).stdout.trim()
  return task<Change>({
    name: 'pull',
    check: async (host) => {
      const release = await context.resolve()
      const { app, wanted } = release
      return (await platformOf(host, reference(release))) === ''
        ? { summary: `${app.image}:${wanted.tag} ${wanted.digest.slice(0, 19)}` }
        : null
    },
    apply: async (host) => {
      const release = await context.resolve()
      const name = reference(release)
      await pull(host, name)
      const [platform, fact] = await Promise.all([platformOf(host, name), host.fact(platformFact)])
      if (platform !== fact.docker) {
        await host.$({ nothrow: true })`docker image rm ${name}`
        throw new RefusedError(
          `${release.app.image}:${release.wanted.tag} is for ${platform}, and this host is ${fact.docker}`,
          { hint: 'Build it for this platform too: templates/build.yml builds amd64 and arm64.' },
        )
      }
    },
  })
}
