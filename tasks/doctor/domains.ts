import { isIP } from 'node:net'
import { quote } from '../../runner/index.ts'
import { domainsOf, httpsOf, redirectsOf } from '../app/index.ts'
import { paths } from '../paths.ts'
import type { Check, Patient, Report } from './check.ts'
import { forEachName } from './names.ts'

/** The names that an authority asks before it gives a certificate for them. With DNS-01 it asks a name server instead. */
const askedNames = ({ apps, settings: { traefik } }: Patient): { app: string; domain: string }[] =>
  traefik.acme?.challenge === 'dns'
    ? []
    : apps
        .filter(({ settings: { access } }) => httpsOf(access) === 'letsencrypt')
        .flatMap(({ name, settings: { access } }) =>
          [...domainsOf(access), ...redirectsOf(access)].map((domain) => ({ app: name, domain })),
        )

/** One line for each domain: `domain NAME ADDRESS…`; and one for what is here, but for Docker's own networks: `here ADDRESS…`. */
function script(patient: Patient): string {
  const domains = askedNames(patient)
  if (domains.length === 0) return ''
  const asked = domains.map(({ app, domain }) => ({
    name: domain,
    // The live route has been served with this domain: its certificate is there, or on its way.
    known: `grep -qsF -e ${quote(domain)} -- ${quote(`${paths.dynamic}/${app}.yaml`)}`,
  }))
  const names = patient.addresses.filter((address) => isIP(address) === 0)
  const addresses = patient.addresses.filter((address) => isIP(address) !== 0)
  return `addresses() { timeout 5 getent ahosts "$@" 2>/dev/null | awk '{ print $1 }' | sort -u | tr '\\n' ' '; }
echo "here $(ip -o address show scope global | awk '$2 !~ /^(docker|br-|veth)/ { sub("/.*", "", $4); print $4 }' | tr '\\n' ' ') ${addresses.join(' ')} ${names.length > 0 ? `$(addresses ${names.map((name) => quote(name)).join(' ')})` : ''}"
${forEachName(asked, `printf 'domain %s %s\\n' "$1" "$(addresses "$1")"`, patient.onlyNewNames)}`
}

/**
 * Whether the domains of apps lead to this host. Let's Encrypt asks them, and after five failures of a domain it takes
 * no more questions for an hour.
 */
export const domains: Check = {
  name: 'domain',
  script,
  find: (shown, patient) => {
    const here = [...new Set((/^here (.*)$/m.exec(shown)?.[1] ?? '').split(' ').filter(Boolean))]
    // All names are asked at once, so the answers come in any order.
    const asked = askedNames(patient).map(({ domain }) => domain)
    return [...shown.matchAll(/^domain (\S+) ?(.*)$/gm)]
      .map(([, domain = '', addresses = '']) => ({ domain, addresses: addresses.split(' ').filter(Boolean) }))
      .sort((a, b) => asked.indexOf(a.domain) - asked.indexOf(b.domain))
      .map(({ domain, addresses }) => findingOn(domain, addresses, here))
  },
}

const limit =
  'Let’s Encrypt would refuse a certificate, and after five failures it takes no more questions for an hour.'

function findingOn(domain: string, addresses: readonly string[], here: readonly string[]): Report {
  const own = here.filter((address) => !isPrivate(address))
  const place = (own.length > 0 ? own : here).join(' or ') || 'the address of this host'
  if (addresses.length === 0)
    return {
      severity: 'warning',
      text: `${domain} does not resolve`,
      hint: `Give it an A or AAAA record with ${place} before you deploy. ${limit}`,
    }
  const elsewhere = addresses.filter((address) => !here.includes(address))
  if (elsewhere.length === 0) return { severity: 'ok', text: `${domain} leads here (${addresses.join(', ')})` }
  // Behind a router, the host does not know the address that the world has for it.
  if (own.length === 0 && elsewhere.every((address) => !isPrivate(address)))
    return {
      severity: 'note',
      text: `${domain} leads to ${elsewhere.join(', ')}, and this host has only private addresses`,
      hint: 'That is right if a router with this address forwards the ports 80 and 443 to this host.',
    }
  return {
    severity: 'warning',
    text: `${domain} leads to ${elsewhere.join(', ')}, and not ${elsewhere.length < addresses.length ? 'only ' : ''}to this host (${place})`,
    hint: `Change its DNS before you deploy, unless something there forwards 80 and 443 to this host. ${limit}`,
  }
}

/** Whether an address is of no use outside of its own network. */
const isPrivate = (address: string): boolean =>
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|127\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe[89ab]|::1$)/i.test(
    address,
  )
