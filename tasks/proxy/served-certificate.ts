import { X509Certificate } from 'node:crypto'
import type { HostView } from '../../runner/index.ts'
import { type App, domainsOf, isHttps } from '../app/index.ts'
import { daysLeft } from './certificate.ts'

/** The certificate that users of a domain get from this host, in PEM format; '' if nothing answers. */
const ask = (domain: string): string[] => [
  ...[
    'sh',
    '-c',
    'timeout 5 openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null | openssl x509',
  ],
  ...['sh', domain],
]

/** The issuer of what Traefik serves where it has no certificate. */
const noCertificate = 'TRAEFIK DEFAULT CERT'

/** For how long the certificate is good that users of an app get, or what is wrong with it; null: they come by HTTP. */
export async function servedCertificate(host: HostView, app: App, now = Date.now()): Promise<string | null> {
  const [domain] = domainsOf(app.access)
  if (domain === undefined || !isHttps(app.access)) return null
  const { stdout } = await host.quiet({ nothrow: true })`${ask(domain)} 2>/dev/null`
  return described(stdout, domain, now)
}

export function described(pem: string, domain: string, now: number): string {
  if (pem.trim() === '') return `nothing shows a certificate for ${domain} on port 443`
  const certificate = new X509Certificate(pem)
  if (certificate.issuer.includes(noCertificate))
    return `${domain} has no certificate yet. Why, Traefik says: docker logs traefik 2>&1 | grep ${domain}`
  if (certificate.checkHost(domain) === undefined) return `${domain} is served with a certificate for other names`
  const days = daysLeft(certificate, now)
  const issuer = /^(?:CN|O)=(.*)$/m.exec(certificate.issuer.split('\n').toReversed().join('\n'))?.[1] ?? 'nobody'
  return days < 0
    ? `the certificate of ${domain} ended ${-days} days ago`
    : `the certificate of ${domain} is good for ${days} days (${issuer})`
}
