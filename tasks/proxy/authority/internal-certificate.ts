import { type Change, type HostView, type Task, task, UsageError } from '../../../runner/index.ts'
import { certificateText, daysLeft, parseCertificate } from '../certificate.ts'
import { besideRoute, exposed, secretly } from '../dynamic-file.ts'
import { type Authority, issue, renewBefore } from './authority.ts'

/**
 * Traefik has a certificate for an app's names by an authority of your own. It is made anew some months before it ends.
 * @throws UsageError for a name that the authority's root does not allow
 */
export function internalCertificate(app: string, names: readonly string[], authority: Authority): Task {
  const path = besideRoute(app, 'certificate')
  const { root } = authority
  const [, domain] = /^CN=Cutover CA for (.+)$/m.exec(root.subject) ?? []
  const outside = names.find((name) => domain !== undefined && name !== domain && !name.endsWith(`.${domain}`))
  if (outside !== undefined)
    throw new UsageError(`${outside} of ${app} is not below ${domain}, for which the authority was made`, {
      hint: `Devices would not take it. Name the app NAME.${domain}, or make another authority: cutover ca`,
    })
  const problem = async (host: HostView): Promise<string | null> => {
    const current = parseCertificate(await host.read(path))
    if (current === null) return 'make'
    const { certificate, key } = current
    if (!certificate.checkIssued(root) || !certificate.verify(root.publicKey)) return 'it is another authority’s'
    if (!certificate.checkPrivateKey(key)) return 'its key is another one'
    const missing = names.filter((name) => certificate.checkHost(name) === undefined)
    if (missing.length > 0) return `it is not for ${missing.join(', ')}`
    const days = daysLeft(certificate)
    return days < Math.min(renewBefore, daysLeft(root) - 1) ? `it ends in ${days} days` : null
  }
  return task<Change>({
    name: `certificate of ${app}`,
    check: async (host) => {
      const summary = await problem(host)
      return summary === null ? exposed(host, path) : { summary }
    },
    apply: (host) => host.write(path, certificateText(app, issue(authority, names)), secretly),
  })
}
