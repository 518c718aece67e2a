import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf, variant } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { issue, newAuthority, readAuthority } from '../../tasks/proxy/authority/authority.ts'

const name = 'servers-tls'
let lab: Lab
const address = (): string => lab.hosts[0]?.address ?? ''
const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [script]))
const asRoot = (script: string): Promise<string> => on(`sudo sh -ec '${script}'`)

/** Debian's ACME server for tests, on the host itself. It asks a name server by which every name leads to this host. */
const pebble = (): string => `
apt-get install -y -q pebble openssl >/dev/null
mkdir -p /srv/pebble && cd /srv/pebble
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=pebble -days 30 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out csr -subj /CN=pebble 2>/dev/null
echo subjectAltName=IP:${address()} >names
openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -out crt -days 30 -extfile names 2>/dev/null
cat >pebble.json <<END
{"pebble":{"listenAddress":"0.0.0.0:14000","managementListenAddress":"127.0.0.1:15000","certificate":"crt","privateKey":"key",
"httpPort":80,"tlsPort":443,"ocspResponderURL":"","externalAccountBindingRequired":false,"certificateValidityPeriod":864000}}
END
systemd-run -q --unit names pebble-challtestsrv -defaultIPv4 ${address()} -defaultIPv6 "" -http01 "" -https01 "" -tlsalpn01 "" -dns01 127.0.0.1:8053 -management 127.0.0.1:8055
systemd-run -q --unit acme -p WorkingDirectory=/srv/pebble -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=0 pebble -config pebble.json -dnsserver 127.0.0.1:8053
cat ca.crt`

const authority = newAuthority('home.local')
const own = issue(readAuthority(authority), ['own.home.local'])
const secrets = { CA_KEY: authority.key.reveal(), OWN_KEY: own.key.reveal(), DNS_TOKEN: 'a$b "c" 1' }
const key = (env: string): object => ({ env })

const apps: Record<string, object> = {
  shop: { access: { domain: ['shop.test', 'shop2.test'], redirect_from: ['www.shop.test'], hsts: 31_536_000 } },
  inner: { access: { domain: 'inner.home.local', https: 'internal' } },
  own: { access: { domain: 'own.home.local', https: { certificate: 'own.crt', key: key('OWN_KEY') } } },
}

/** An inventory of these apps, which asks for certificates in this way. */
const inventoryOf = (file: string, acme: object): string =>
  variant(lab, file, (raw) => {
    const { image } = raw.apps.shop ?? {}
    const common = { image, follow: 'gate', poll: 59, health: { interval: 2, timeout: 60 }, bake: 1, drain: 5 }
    raw.apps = Object.fromEntries(Object.entries(apps).map(([app, more]) => [app, { ...common, ...more }]))
    raw.vars.ca = { certificate: 'home.crt', key: key('CA_KEY') }
    raw.vars.firewall = { allow: ['14000/tcp'] }
    Object.assign(raw.vars.traefik as object, { email: 'you@example.org', http3: true, acme })
  })
const run = (inventory: string, playbook: string, ...args: string[]): Promise<Ended> =>
  cutover(playbook, args, inventory, secrets)

/** What a client gets for a name from this host. */
async function shown(domain: string): Promise<X509Certificate> {
  const script = 'openssl s_client -connect "$1:443" -servername "$2" </dev/null 2>/dev/null | openssl x509'
  return new X509Certificate(await exec(['sh', '-c', script, 'sh', address(), domain]))
}

/** Waits for a certificate by Pebble, and for another one than that of a serial number. */
async function byPebble(domain: string, former = ''): Promise<X509Certificate> {
  for (let left = 60; left > 0; left--) {
    const certificate = await shown(domain).catch(() => undefined)
    if (certificate?.issuer.includes('Pebble') && certificate.serialNumber !== former) return certificate
    await sleep(1_000)
  }
  throw new Error(`no certificate by Pebble for ${domain}: ${await asRoot('docker logs --tail 20 traefik 2>&1')}`)
}

const curl = async (url: string, ...more: string[]): Promise<string> => {
  const argv = ['curl', '-s', '-i', '--max-time', '20', '--connect-to', `::${address()}:`, ...more, url]
  return (await attempt(argv)).stdout
}

describe.skipIf(!inject('lab')).sequential('certificates', () => {
  let http: string
  let byTls: string
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    writeFileSync(join(lab.directory, 'pebble.crt'), await asRoot(pebble()))
    writeFileSync(join(lab.directory, 'home.crt'), authority.certificate)
    writeFileSync(join(lab.directory, 'own.crt'), own.certificate)
    const server = { server: `https://${address()}:14000/dir`, ca: 'pebble.crt' }
    http = inventoryOf('http', server)
    byTls = inventoryOf('tls', { ...server, challenge: 'tls-alpn' })
    const setup = await run(http, 'setup')
    expect(failureOf(setup)).toBe('')
    expect(setup.output).toContain('warning: www.shop.test does not resolve')
    for (const app of Object.keys(apps))
      expect(failureOf(await run(http, 'deploy', '--app', app, '--tag', 'gate'))).toBe('')
  })
  afterAll(() => down(name))

  it('come by HTTP-01, one for all names of an app', async () => {
    const certificate = await byPebble('shop.test')
    const names = certificate.subjectAltName?.split(', ').toSorted()
    expect(names).toEqual(['DNS:shop.test', 'DNS:shop2.test', 'DNS:www.shop.test'])
    for (const domain of ['shop2.test', 'www.shop.test'])
      expect((await shown(domain)).serialNumber).toBe(certificate.serialNumber)
    expect((await run(http, 'status')).output).toMatch(/the certificate of shop\.test is good for 9 days \(Pebble/)
  })

  it('come with redirects, HSTS and HTTP/3', async () => {
    expect(await curl('http://shop2.test/a?b=1')).toMatch(
      /^HTTP\/1.1 30[18] [^]*Location: https:\/\/shop2\.test\/a\?b=1/,
    )
    expect(await curl('http://www.shop.test/a?b=1')).toMatch(
      /^HTTP\/1.1 301 [^]*Location: https:\/\/shop\.test\/a\?b=1/,
    )
    const answer = await curl('https://shop.test/health', '-k')
    expect(answer).toMatch(/^HTTP\/2 200/)
    expect(answer).toMatch(/strict-transport-security: max-age=31536000/)
    expect(answer).toMatch(/alt-svc: h3=":443"/)
    expect(await asRoot('ss -lunp | grep -c ":443 "; ufw status | grep 443/udp')).toMatch(/443\/udp +ALLOW/)
  })

  it('are renewed when they end soon, and outlive the container', async () => {
    const { serialNumber } = await shown('shop.test')
    await asRoot('docker restart traefik >/dev/null')
    expect((await byPebble('shop.test', serialNumber)).serialNumber).not.toBe(serialNumber)
  })

  it('come by TLS-ALPN-01', async () => {
    const { serialNumber } = await byPebble('shop.test')
    expect(failureOf(await run(byTls, 'setup'))).toBe('')
    await asRoot('docker stop traefik >/dev/null; rm /opt/traefik/acme/acme-*.json; docker start traefik >/dev/null')
    await byPebble('shop.test', serialNumber)
    expect(await asRoot('docker logs traefik 2>&1 | grep -c "type.*tls-alpn-01"')).not.toBe('0')
  })

  it('are those of an authority for names at home, and from files', async () => {
    const root = ['--cacert', join(lab.directory, 'home.crt')]
    for (const domain of ['inner.home.local', 'own.home.local'])
      expect(await curl(`https://${domain}/health`, ...root)).toMatch(/^HTTP\/2 200/)
    expect((await shown('own.home.local')).fingerprint256).toBe(new X509Certificate(own.certificate).fingerprint256)
    expect(await asRoot('stat -c "%a %U" /opt/traefik/dynamic/*.certificate.yaml')).toBe('600 root\n600 root')
    expect((await run(byTls, 'status')).output).toContain('inner.home.local is good for 819 days')
    // An unknown name gets neither the certificate nor the answer of an app.
    expect((await shown('unknown.test')).issuer).toContain('TRAEFIK DEFAULT CERT')
    expect(await curl('https://unknown.test/', '-k')).toMatch(/^HTTP\/2 404/)
  })

  it('are asked for with the variables of a DNS provider, which only root can read', async () => {
    const dns = { provider: 'hetzner', secrets: { HETZNER_API_KEY: key('DNS_TOKEN') } }
    expect(failureOf(await run(inventoryOf('dns', { challenge: 'dns', dns }), 'setup'))).toBe('')
    const variables = await asRoot('docker inspect -f "{{json .Config.Env}}" traefik')
    expect(JSON.parse(variables)).toContain(`HETZNER_API_KEY=${secrets.DNS_TOKEN}`)
    expect(await asRoot('stat -c "%a %U" /opt/traefik/acme /opt/traefik/acme/dns.env')).toBe('700 root\n600 root')
    expect(readFileSync(lab.inventory, 'utf8')).not.toContain(secrets.DNS_TOKEN)
  })
})
