import type { Check, Report } from './check.ts'
import { isOlder } from './version.ts'

/** Docker 29 speaks no API older than 1.44. Traefik asked for an older one before this version. */
const needed = { docker: '29', traefik: '3.6.1' }

/**
 * Traefik against Docker's version. Cutover's own reads only files, and asks no Docker. Another Traefik on the host, with
 * Docker's provider, loses its routes.
 */
export const traefikVersion: Check = {
  name: 'traefik',
  find: (_, { settings, containers, daemon: { version } }) => {
    const { image } = settings.traefik
    const others =
      version === undefined || isOlder(version, needed.docker)
        ? []
        : containers.filter((each) => !each.ours && isOld(each.image))
    return [
      ownImage(image),
      ...others.map((each): Report => ({
        severity: 'warning',
        text: `the container ${each.name} (${each.image}) cannot ask Docker ${version} for its routes`,
        hint: `Docker 29 needs Traefik ${needed.traefik} or newer, if that one has the docker provider.`,
      })),
    ]
  },
}

/** The full version in the tag of an image of Traefik: v3.7.15. */
const versionOf = (image: string): string | undefined =>
  /(?:^|\/)traefik:v?(\d+(?:\.\d+){0,2})(?:-\w+)*(?:@|$)/.exec(image)?.[1]

function isOld(image: string): boolean {
  const version = versionOf(image)
  // v3 is the newest one of that line.
  return version !== undefined && version !== '3' && isOlder(version, needed.traefik)
}

function ownImage(image: string): Report {
  const version = versionOf(image)
  if (image.includes('@sha256:') || version?.split('.').length === 3) return { severity: 'ok', text: image }
  return {
    severity: 'note',
    text: `${image} is not a full version, and the next pull may bring another one`,
    hint: 'Name it in full: vars: { traefik: { image: traefik:v3.7.15 } }',
  }
}
