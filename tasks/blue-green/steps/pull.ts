import { type Change, commandLine, type Host, MissingError, type Task, task } from '../../../runner/index.ts'
import type { App } from '../../app/index.ts'
import { pull } from '../../docker/index.ts'
import { platformFact } from '../../system/index.ts'
import type { ReleaseContext, ResolvedRelease } from '../context.ts'
import { RefusedError } from '../refused.ts'
import type { ReleaseTarget } from '../resolve.ts'
import { configOf } from '../slots/config.ts'
import { broughtName, reference } from '../slots/slot-container.ts'
import { platformOf } from './early-pull.ts'

/** An image that is brought to hosts without a registry. */
export interface BringImage {
  /** linux/amd64 */
  platform: string
  /** @throws CutoverError | UnreachableError */
  to(host: Host): Promise<void>
}

/**
 * The image of the operator's Docker is on the host. This runs before the release takes its lock: it may take long, and a
 * connection that is lost meanwhile costs nothing.
 */
export const broughtImage = (app: App, target: ReleaseTarget, bring: BringImage): Task => {
  const release = { app, wanted: { ...target, config: '' } }
  const { check, ...inner } = pullImage({ resolve: () => Promise.resolve(release) }, bring)
  return {
    ...inner,
    check: async (host) => {
      // Fails if the app is not set up, before anything is sent.
      await configOf(host, app)
      return check(host)
    },
  }
}

type PullContext = Pick<ReleaseContext, 'resolve'> & Partial<Pick<ReleaseContext, 'early' | 'signal' | 'pulled'>>

/** The image is on the host, pulled by its digest or brought from the operator's Docker, and is for the host's platform. */
export function pullImage(context: PullContext, bring?: BringImage): Task {
  // What was done early counts for the first check and the first apply: later ones look at the host, and pull anew.
  const [forCheck, forApply] = [firstTime(context.early), firstTime(context.early)]
  return task<Change>({
    name: bring ? 'image' : 'pull',
    check: async (host) => {
      const release = await context.resolve()
      const { app, wanted } = release
      const name = wanted.from === 'docker' ? broughtName(release) : reference(release)
      const early = await forCheck()
      const isThere = early?.name === name ? !early.begun : (await platformOf(host, name)) !== ''
      return !isThere ? { summary: `${app.image}:${wanted.tag} ${wanted.digest.slice(0, 19)}` } : null
    },
    apply: async (host) => {
      const release = await context.resolve()
      if (release.wanted.from === 'docker') return bringImage(host, release, bring)
      const name = reference(release)
      const early = await forApply()
      if (early?.begun && early.name === name && context.signal) await early.begun.wait(host, context.signal)
      else await pull(host, name)
      const [platform, fact] = await Promise.all([platformOf(host, name), host.fact(platformFact)])
      if (platform !== fact.docker) {
        await host.$({ nothrow: true })`docker image rm ${name}`
        throw wrongPlatform(release, platform, fact.docker)
      }
      await context.pulled?.(host)
    },
  })
}

/**
 * The image of the operator's Docker is on the host, under a name by which `docker image prune` leaves it alone and ours
 * finds it.
 */
async function bringImage(host: Host, release: ResolvedRelease, bring: BringImage | undefined): Promise<void> {
  const { app, wanted } = release
  if ((await platformOf(host, wanted.digest)) === '') {
    if (!bring)
      throw new MissingError(`the image of ${app.name} ${wanted.tag} is not on ${host.name} any more`, {
        hint:
          `It came from a Docker, and no registry has it (${wanted.digest}). Bring it again: ` +
          commandLine('deploy', '--app', app.name, '--from-docker', 'IMAGE'),
      })
    const { docker } = await host.fact(platformFact)
    if (bring.platform !== docker) throw wrongPlatform(release, bring.platform, docker)
    await bring.to(host)
  }
  await host.$`docker tag ${wanted.digest} ${broughtName(release)}`
}

/** A value the first time that it is asked for, and undefined later. */
function firstTime<T>(value: T): () => T | undefined {
  let left: T | undefined = value
  return () => {
    const given = left
    left = undefined
    return given
  }
}

const wrongPlatform = ({ app, wanted }: ResolvedRelease, platform: string, host: string): RefusedError =>
  new RefusedError(`${app.image}:${wanted.tag} is for ${platform}, and this host is ${host}`, {
    hint: 'Build it for this platform too: templates/build.yml builds amd64 and arm64.',
  })
