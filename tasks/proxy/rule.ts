import { type App, domainsOf, pathOf } from '../app/index.ts'

type Reached = Pick<App, 'access'>

const anyOf = (names: readonly string[]): string => names.map((name) => `Host(\`${name}\`)`).join(' || ')

/** The rule by which Traefik knows an app's requests: `/blog` is /blog and what is below it, and not /blogger. */
export function ruleOf({ access }: Reached): string {
  const [domains, path] = [domainsOf(access), pathOf(access)]
  const hosts = anyOf(domains)
  const below = path === '' ? 'PathPrefix(`/`)' : `Path(\`${path}\`) || PathPrefix(\`${path}/\`)`
  if (hosts === '') return below
  return path === '' ? hosts : `(${hosts}) && (${below})`
}

/** The rule for names that only lead to an app's domain. */
export const redirectRule = anyOf

/** The app that answers by the host's address comes after all that have a domain, however short that is. */
const byAddress = -1000

/** The priority of an app's rule where it is not the rule's length, as Traefik has it; 0: it is. */
export const explicitPriority = ({ access }: Reached): number =>
  domainsOf(access).length > 0 ? 0 : byAddress + pathOf(access).length

/** The priority of a rule that goes before an app's own, and not before that of an app below one of its paths. */
export const priorityAbove = (app: Reached): number => (explicitPriority(app) || ruleOf(app).length) + 1

/** The priority of what answers when no app does. */
export const lastPriority = 2 * byAddress
