import { CutoverError } from '../../runner/index.ts'
import { type Engine, missingPackages } from '../docker/index.ts'
import type { Platform } from '../system/index.ts'
import { type Check, ok, type Report } from './check.ts'
import { refusal } from './refusal.ts'
import { isOlder } from './version.ts'

const origins: Record<Engine['kind'], string> = {
  none: 'not installed',
  'docker.io': "the distribution's (docker.io)",
  'docker-ce': "docker.com's (docker-ce)",
  moby: "Microsoft's (moby-engine)",
  snap: 'a snap',
  podman: "podman's",
  program: 'of no package',
}

/** Docker's version and where it comes from. What setup would refuse is refused in the same words. */
export const docker: Check = {
  name: 'docker',
  find: (_, { platform, engine, daemon: { version }, settings }) => {
    if (platform instanceof CutoverError) return []
    const missing = whatIsMissing(engine, platform, settings.docker)
    if (missing instanceof CutoverError) return [refusal(missing)]
    const origin = origins[engine.kind]
    if (missing) return ok(`${origin}; setup installs ${missing.join(', ')}`)
    return [version === undefined ? away : ageOf(version, origin)]
  },
}

function whatIsMissing(
  engine: Engine,
  platform: Platform,
  options: Parameters<typeof missingPackages>[2],
): readonly string[] | null | CutoverError {
  try {
    return missingPackages(engine, platform, options)
  } catch (error) {
    if (error instanceof CutoverError) return error
    throw error
  }
}

const away: Report = {
  severity: 'warning',
  text: 'dockerd does not answer',
  hint: 'See why: systemctl status docker; journalctl -u docker -n 50. Setup starts it if it only does not run.',
}

/** The oldest version whose messages Cutover knows. */
const oldest = '20.10'

const ageOf = (version: string, origin: string): Report =>
  isOlder(version, oldest)
    ? {
        severity: 'warning',
        text: `Docker ${version}, ${origin}, is older than ${oldest}, the oldest that Cutover knows`,
        hint: 'Upgrade it as it was installed.',
      }
    : { severity: 'ok', text: `${version}, ${origin}` }
