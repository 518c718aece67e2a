import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf, variant } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { type LoadReport, startLoad } from '../../lab/load.ts'
import { type Fresh, newcomers } from '../../lab/newcomers.ts'
import { echoServer, type Sockets, websockets } from '../../lab/websockets.ts'

const name = ['servers-proxy', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
const registry = 'registry.lab:5000'
let lab: Lab
const on = (script: string): Promise<string> =>
  exec([...sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu'])], { input: script })
const address = (): string => lab.hosts[0]!.address
const setup = (inventory = lab.inventory, ...more: string[]): Promise<Ended> =>
  cutover('setup', ['--tags', 'traefik', ...more], inventory)

/** A copy of the inventory with another image of Traefik. */
const withImage = (tag: string): string =>
  variant(lab, `traefik-${tag}`, (raw) => (raw.vars.traefik = { image: `${registry}/traefik:${tag}` }))

interface Seen {
  load: LoadReport
  fresh: Fresh
  sockets: Sockets
}

/**
 * Runs something under so many requests a second, half of them on new connections, with slow ones and websockets. Two
 * releases that run at once answer fewer than one on a busy machine.
 */
async function underLoad(work: () => Promise<unknown>, rate = 400): Promise<Seen> {
  const url = `http://${address()}`
  const load = await startLoad({ url, rate: rate / 2 })
  const [stopFresh, stopSockets] = [newcomers(address(), address(), 2000 / rate), websockets(`${url}/echo`, 8)]
  await sleep(5_000)
  await work().finally(() => sleep(5_000))
  const [report, fresh, sockets] = await Promise.all([load.stop(), stopFresh(), stopSockets()])
  return { load: report, fresh, sockets }
}

/**
 * Nobody noticed; prints how many there were.
 * @param cut so many requests may have come on a kept connection just when it was closed
 */
function expectNothingLost(what: string, { load, fresh, sockets }: Seen, cut = 0): void {
  const rate = Math.round((load.sent + fresh.sent) / load.seconds)
  console.log(
    `${what}: ${load.sent} requests on kept connections, ${fresh.sent} on new ones (${rate}/s), ${load.slow} of 4 s, ` +
      `${sockets.opened} websockets with ${sockets.echoed} messages; failed: ${load.failed}, ${fresh.failed.length}, ${sockets.failed.length}`,
  )
  const hangUps = load.examples.filter((each) => /: (socket hang up|read ECONNRESET|write EPIPE)$/.test(each))
  const wasCut = load.failed === hangUps.length && load.failed <= cut
  expect({
    ...(wasCut ? { failed: 0, examples: [] } : { failed: load.failed, examples: load.examples }),
    lost: load.lost,
    ...{ newcomers: fresh.failed.slice(0, 5), sockets: sockets.failed.slice(0, 5) },
  }).toEqual({ failed: 0, lost: 0, examples: [], newcomers: [], sockets: [] })
  expect(load.slow).toBeGreaterThan(5)
  expect(sockets.opened).toBeGreaterThan(10)
}

/** Makes the host what an older Cutover left: Traefik with published ports, and routes that call slots by their names. */
async function asBefore(): Promise<void> {
  const compose = readFileSync(join(import.meta.dirname, '../e2e/earlier/traefik-compose.yaml'), 'utf8')
  await on(`docker rm -f traefik >/dev/null
    docker network rm traefik-public-shop >/dev/null
    docker network create --label cutover=1 traefik-public >/dev/null
    rm -f /opt/traefik/traefik-*.yaml
    printf '# Written by Cutover\\napi: {insecure: true}\\nping: {}\\nmetrics: {prometheus: {}}\\nentryPoints: {traefik: {address: ":8080"}, web: {address: ":80", transport: {lifeCycle: {requestAcceptGraceTimeout: 2s, graceTimeOut: 30s}}}}\\nproviders: {file: {directory: /etc/traefik/dynamic, watch: true}}\\n' >/opt/traefik/traefik.yaml
    cat >/opt/traefik/compose.yaml <<'COMPOSE'
${compose.replace('IMAGE', `${registry}/traefik:v3.7.15`)}
COMPOSE
    docker compose -p cutover-traefik --project-directory /opt/traefik up -d --wait`)
}

/** Runs a program for Node in a container of a network, and prints what it prints. */
const inContainer = (network: string, program: string): Promise<string> =>
  on(`docker run --rm --network ${network} ${registry}/node:24-slim node -e '${program}'`)
const reached = (url: string): string =>
  `fetch("${url}", { signal: AbortSignal.timeout(3000) }).then((r) => console.log(r.status), () => console.log("no"))`

describe.skipIf(!inject('lab')).sequential('the proxy of a host', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    expect(failureOf(await cutover('setup', [], lab.inventory))).toBe('')
    await asBefore()
    expect(failureOf(await cutover('deploy', ['--tag', 'v1.0.0'], lab.inventory))).toBe('')
    await on(`docker tag ${registry}/traefik:v3.7.15 ${registry}/traefik:next
      docker run -d --name echo --restart always ${registry}/node:24-slim node -e "$(echo ${Buffer.from(echoServer).toString('base64')} | base64 -d)" >/dev/null
      printf 'http:\\n  routers: {echo: {entryPoints: [web], rule: "PathPrefix(\`/echo\`)", service: echo}}\\n  services: {echo: {loadBalancer: {servers: [{url: "http://%s:9000"}]}}}\\n' "$(docker inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' echo)" >/opt/traefik/dynamic/echo.yaml
      docker network connect traefik-public echo
      sed -i 's,http://[0-9.]*:9000,http://echo:9000,' /opt/traefik/dynamic/echo.yaml; sleep 4`)
  })
  afterAll(() => down(name))

  it('goes over from an older Cutover’s to the host’s network, and nobody notices', async () => {
    expect(await on('cat /opt/traefik/dynamic/shop.yaml')).toContain('url: "http://shop-blue:8000"')
    let ended: Ended | undefined
    const seen = await underLoad(async () => (ended = await setup()))
    expect(ended).toMatchObject({ code: 0, output: expect.stringContaining("80:80 → the host's own") as string })
    // An older Cutover's Traefik cannot be made to ask its clients to connect anew before it ends.
    expectNothingLost('taken over', seen, 5)
    expect(
      await on(
        "docker inspect -f '{{.HostConfig.NetworkMode}}' traefik; ls /opt/traefik; docker ps -aq -f name=-before",
      ),
    ).toBe('host\nacme\ncompose.yaml\ndynamic\npages\nstaging\nswap.sh\ntraefik-20080.yaml')
    expect((await setup()).output).toContain('nothing to change')
  })

  it('and the next release has an address in its route', async () => {
    const seen = await underLoad(
      async () => expect(failureOf(await cutover('deploy', ['--tag', 'v1.1.0'], lab.inventory))).toBe(''),
      150,
    )
    expectNothingLost('released', seen)
    expect(await on('cat /opt/traefik/dynamic/shop.yaml')).toMatch(/url: "http:\/\/[\d.]+:8000"/)
  })

  it('is upgraded ten times, and nobody notices', async () => {
    const seen = await underLoad(async () => {
      for (let round = 0; round < 10; round++) {
        const { code, output } = await setup(withImage(round % 2 === 0 ? 'next' : 'v3.7.15'))
        expect([code, output]).toEqual([0, expect.stringContaining('change traefik: image')])
      }
    })
    expectNothingLost('ten upgrades', seen)
    expect(await on('iptables -t mangle -S; ip6tables -t mangle -S')).not.toContain('cutover')
    expect(await on('docker ps -aq -f name=-before')).toBe('')
  })

  it('gets its first domain, and nobody notices', async () => {
    const domain = variant(lab, 'domain', (raw) => {
      raw.vars.traefik = { image: `${registry}/traefik:v3.7.15`, email: 'you@example.org' }
      raw.apps.blog = { ...raw.apps.shop, access: { domain: 'blog.example.org' }, database: false, secrets: {} }
    })
    const seen = await underLoad(async () => expect(failureOf(await setup(domain))).toBe(''))
    expectNothingLost('the first domain', seen)
    expect(await on('ss -Hltn "sport = :443" | wc -l')).toBe('1')
    expect(failureOf(await setup())).toBe('')
  })

  it('does not come up as a new one: the old one serves on, and nobody notices', async () => {
    await on(`printf 'FROM ${registry}/traefik:v3.7.15\\nENTRYPOINT ["/usr/local/bin/traefik", "version"]\\n' |
      DOCKER_BUILDKIT=0 docker build -q -t ${registry}/traefik:broken -`)
    const before = await on("docker inspect -f '{{.Id}} {{.State.StartedAt}}' traefik; cat /opt/traefik/compose.yaml")
    let ended: Ended | undefined
    const seen = await underLoad(async () => (ended = await setup(withImage('broken'))))
    expect(ended).toMatchObject({ code: 1, output: expect.stringContaining('what ran before is put back') as string })
    expectNothingLost('a broken image', seen)
    expect(await on("docker inspect -f '{{.Id}} {{.State.StartedAt}}' traefik; cat /opt/traefik/compose.yaml")).toBe(
      before,
    )
    expect(await on('iptables -t mangle -S')).not.toContain('cutover')
  })

  it('has its API where no container reaches it, and apps do not reach each other', async () => {
    const slot = await on("grep -o 'http://[0-9.]*:8000' /opt/traefik/dynamic/shop.yaml")
    await on('docker network create --label cutover=1 traefik-public-other >/dev/null')
    const gateway = await on("docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' traefik-public-shop")
    for (const port of [20080, 20081, 8080])
      for (const host of [gateway, address()])
        expect(await inContainer('traefik-public-shop', reached(`http://${host}:${port}/api/version`))).toBe('no')
    expect(await inContainer('traefik-public-shop', reached(`${slot}/health`))).toBe('200')
    expect(await inContainer('traefik-public-other', reached(`${slot}/health`))).toBe('no')
    expect(await on(`curl -s -o /dev/null -w '%{http_code}' ${slot}/health`)).toBe('200')
  })

  it('sees the addresses of its clients, and ufw decides about its port', async () => {
    await on(`docker rm -f echo >/dev/null; docker run -d --name echo ${registry}/node:24-slim node -e "require('http').createServer((q, r) => r.end(q.headers['x-forwarded-for'])).listen(9000)" >/dev/null
      sed -i "s,http://[a-z0-9.]*:9000,http://$(docker inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' echo):9000," /opt/traefik/dynamic/echo.yaml; sleep 4`)
    const client = address().replace(/\.\d+$/, '.1')
    expect(await (await fetch(`http://${address()}/echo`)).text()).toBe(client)
    const { address6 } = lab.hosts[0]!
    expect(await (await fetch(`http://[${address6}]/echo`)).text()).toBe(address6.replace(/[^:]+$/, '1'))
    const get = ['curl', '-s', '-o', '/dev/null', '--max-time', '4', `http://${address()}/health`]
    await on(`ufw insert 1 deny proto tcp from ${client} to any port 80 >/dev/null`)
    try {
      expect((await attempt(get)).code).toBe(28)
    } finally {
      await on(`ufw delete deny proto tcp from ${client} to any port 80 >/dev/null`)
    }
    expect((await attempt(get)).code).toBe(0)
  })
})
