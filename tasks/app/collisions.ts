import { UsageError } from '../../runner/index.ts'
import { domainsOf, pathOf, redirectsOf } from './access.ts'
import type { Settings } from './settings.ts'
import { type ShownHost, whereOf } from './where.ts'

/** A name and a path at which an app of a host answers. The name is '' for the host's address. */
interface Place {
  app: string
  name: string
  path: string
}

const answersAt = (app: string, { access }: Settings['apps'][string]): Place[] => {
  const path = pathOf(access)
  const domains = domainsOf(access)
  return [
    ...(domains.length > 0 ? domains : ['']).map((name) => ({ app, name, path })),
    ...redirectsOf(access).map((name) => ({ app, name, path: '' })),
  ]
}

const shown = ({ name, path }: Place): string => `${name}${path}`

/**
 * Refuses two apps of a host that would answer the same requests.
 * @param names the apps that run on the host
 * @throws UsageError with the place in the inventory of the second one
 */
export function refuseCollisions(host: ShownHost, names: readonly string[]): void {
  const taken = new Map<string, Place>()
  for (const app of names) {
    const settings = host.vars.apps[app]
    for (const place of settings ? answersAt(app, settings) : []) {
      const other = taken.get(shown(place))
      if (other) throw collision(host, other, place)
      taken.set(shown(place), place)
    }
  }
}

function collision(host: ShownHost, first: Place, second: Place): UsageError {
  const where = whereOf(host, second.app, 'access')
  if (first.name === '' && first.path === '')
    return new UsageError(
      `${where}${host.name} has 2 apps with 'access: local', and only one can answer by IP: ${first.app}, ${second.app}`,
      { hint: 'Give the others a domain (access: { domain: NAME }) or a path (access: { path: /NAME }).' },
    )
  return new UsageError(`${where}${shown(second)} belongs to both ${first.app} and ${second.app} on ${host.name}`, {
    hint: `${whereOf(host, first.app, 'access')}${first.app} has it too. Give one of them another domain, or a path: access: { domain: NAME, path: /NAME }.`,
  })
}
