import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { containerOf } from '../../lab/containers.ts'
import { cutover, type Ended, variant, failureOf } from '../../lab/cutover.ts'
import { engineEnv, findEngine } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { newcomers } from '../../lab/newcomers.ts'
import { dockerConnection } from '../../runner/connection/docker.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { Facts } from '../../runner/host/fact.ts'
import { createHost, type Host } from '../../runner/host/host.ts'
import { appSettings, toApp } from '../../tasks/app/settings.ts'
import { diagnose } from '../../tasks/blue-green/health/probe.ts'

const name = 'e2e-gate'
const domain = 'shop.example.org'

interface Answer {
  status: number
  body: string
}

/** What a POST came to whose body is sent over so many ms. 0: the connection was cut. */
function slowUpload(url: string, ms: number): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent: false, headers: { 'content-length': 8_000 } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('close', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', () => resolve({ status: 0, body: '' }))
    void (async () => {
      for (let part = 0; part < 8 && !sent.destroyed; part++) {
        sent.write('x'.repeat(1_000))
        await sleep(ms / 8)
      }
      sent.end()
    })()
  })
}

/** A user's request by https; the lab has no certificate authority for it. */
function overHttps(address: string, path: string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const sent = secureRequest(
      { host: address, path, servername: domain, headers: { host: domain }, rejectUnauthorized: false, agent: false },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve(JSON.parse(body) as Record<string, string>))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** Small real apps behind the real proxy, on one real host. */
describe.skipIf(!inject('lab')).sequential('the gate and the proxy', () => {
  let lab: Lab
  let address: string
  let host: Host
  let session: Session

  /** An inventory whose app is one of the small ones. */
  const inventoryOf = (file: string, env: Record<string, string>, more: Record<string, unknown> = {}): string =>
    variant(lab, file, ({ apps, vars }) => {
      vars.traefik = { ...(vars.traefik as object), email: 'you@example.org' }
      apps.shop = {
        image: 'registry.lab:5000/shop',
        follow: 'gate',
        poll: 59,
        env,
        health: { interval: 2, timeout: 8 },
        bake: 3,
        ...more,
      }
    })
  const setUp = (inventory: string): Promise<Ended> => cutover('setup', [], inventory)
  const deploy = (inventory: string): Promise<Ended> => cutover('deploy', ['--tag', 'gate'], inventory)
  const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [script]))
  /** Runs something while users come, none of whom is to notice. */
  const unnoticed = async (work: () => Promise<Ended>, as = address): Promise<Ended> => {
    const stop = newcomers(address, as)
    const ended = await work()
    const { sent, failed } = await stop()
    expect(failed).toEqual([])
    expect(sent).toBeGreaterThan(100)
    return ended
  }

  beforeAll(async () => {
    await findEngine()
    lab = await up(name, 1, (line) => console.log(line))
    address = lab.hosts[0]!.address
    // The docker program finds the lab's engine by its environment.
    Object.assign(process.env, engineEnv())
    session = new Session('web-1', dockerConnection(containerOf(name, 'web-1')), { method: 'none' })
    await session.open()
    host = createHost({
      name: 'web-1',
      login: { address, port: 22, user: 'root' },
      session: () => session,
      facts: new Facts(),
    })
    // An app that takes its own address as Host and no other, as users of `access: local` come by it.
    expect(
      await setUp(inventoryOf('first', { FAULT: 'validates-host', ALLOWED_HOSTS: address }, { timeouts: { read: 2 } })),
    ).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await session?.close()
    await down(name)
  })

  it('an app that validates its Host goes live: it is asked as its users ask', async () => {
    expect(failureOf(await deploy(`${lab.directory}/first.yaml`))).toBe('')
    expect((await fetch(`http://${address}/`)).status).toBe(200)
    expect((await fetch(`http://${address}/`, { headers: { host: domain } })).status).toBe(200)
    expect(await on('sudo /opt/shop/deploy')).toContain('nothing to change')
  })

  it('encoded characters in a path reach the app as they are', async () => {
    const path = '/a%2Fb%3Bc%23d%3Fe%25f%5Cg'
    expect(((await (await fetch(`http://${address}${path}`)).json()) as { path: string }).path).toBe(path)
  })

  it('an upload that takes longer than `timeouts.read` is cut, and one that does not is not', async () => {
    expect((await slowUpload(`http://${address}/upload`, 4_000)).status).not.toBe(200)
    const longer = inventoryOf('longer', { FAULT: 'validates-host' }, { timeouts: { read: 10 } })
    expect(await setUp(longer)).toMatchObject({ code: 0, output: expect.stringContaining('change traefik') as string })
    expect(await slowUpload(`http://${address}/upload`, 4_000)).toEqual({ status: 200, body: '{"bytes":8000}' })
  })

  it('an app that takes another Host is refused by name, and `health.host` lets it in', async () => {
    const { code, output } = await unnoticed(() => deploy(`${lab.directory}/longer.yaml`))
    expect(code).toBe(1)
    expect(output).toContain(
      `shop gate is refused: not healthy after 8 s: /health answers 400 to a request for ${address}: Invalid host header`,
    )
    expect(output).toContain(
      `The app may validate its Host: allow ${address} in the app (ALLOWED_HOSTS and the like), or name a host that it takes: health: { host: NAME }.`,
    )
    expect((await fetch(`http://${address}/`)).status).toBe(200)
    expect(
      await cutover(
        'deploy',
        ['--tag', 'gate', '-e', `apps.shop.health.host=${domain}`],
        `${lab.directory}/longer.yaml`,
      ),
    ).toMatchObject({ code: 0 })
  })

  it('an app that listens on 127.0.0.1 is refused with where it listens, and the mend', async () => {
    const inventory = inventoryOf('loopback', { FAULT: 'listens-loopback' }, { timeouts: { read: 10 } })
    await setUp(inventory)
    const { code, output } = await unnoticed(() => deploy(inventory), domain)
    expect(code).toBe(1)
    expect(output).toContain('nothing listens on 0.0.0.0:8000 in the container (it listens on 127.0.0.1:8000)')
    expect(output).toContain('uvicorn --host 0.0.0.0')
    expect(output).not.toMatch(/answers 0/)
  })

  it('an app with a domain that validates its Host and redirects to https goes live', async () => {
    // Nothing is asked of a certificate authority from here.
    await on(
      'sudo sh -c \'echo "$(getent hosts registry.lab)" >>/etc/hosts; echo nameserver 127.0.0.1 >/etc/resolv.conf\'',
    )
    const inventory = inventoryOf('domain', { FAULT: 'validates-host,redirects-https' }, { access: { domain } })
    expect(failureOf(await setUp(inventory))).toBe('')
    expect(failureOf(await deploy(inventory))).toBe('')
    expect(await overHttps(address, '/x%2Fy')).toMatchObject({
      path: '/x%2Fy',
      host: domain,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': domain,
      'x-forwarded-port': '443',
    })
  })

  describe('says what is wrong with', () => {
    const app = toApp('shop', '10.1.2.3', appSettings.parse({ image: 'registry.lab:5000/shop' }))
    it.each([
      [
        'redirects-health',
        '/health redirects (308) to /health/',
        'Name the path that answers by itself: health: { path: /health/ }.',
      ],
      ['redirects-https', '/health redirects (307) to https://10.1.2.3/health', 'give the app a domain'],
      [
        'listens-loopback6',
        'nothing listens on 0.0.0.0:8000 in the container (it listens on [::1]:8000)',
        'Let the app listen on all addresses',
      ],
      [
        'listens-3000',
        'nothing listens on 0.0.0.0:8000 in the container (it listens on 0.0.0.0:3000)',
        'Set `port: 3000` for the app',
      ],
      ['silent', 'nothing listens on 0.0.0.0:8000 in the container, nor on any other port', 'It may still be starting'],
      [
        'speaks-tls',
        'port 8000 of the container speaks TLS, and Traefik speaks HTTP to it',
        'Let the app serve plain HTTP',
      ],
      ['no-http', 'what listens on 0.0.0.0:8000 does not speak HTTP/1.1', 'Set `port`'],
      ['hangs', '/health is not answered within 5 s, though the container listens on 0.0.0.0:8000', 'See its log'],
      ['401', '/health answers 401 to a request for 10.1.2.3: {"said":401}', 'without a login'],
      ['404', '/health answers 404 to a request for 10.1.2.3: {"said":404}', "the app's own health path"],
      ['500', '/health answers 500 to a request for 10.1.2.3: database is locked', ''],
    ])('%s', async (fault, why, hint) => {
      const container = `gate-${fault}`
      await host.$`${['docker', 'run', '-d', '--name', container, '--network', 'traefik-public-shop', '-e', `FAULT=${fault}`, 'registry.lab:5000/shop:gate']}`
      const there = (
        await host.$`docker inspect -f ${'{{(index .NetworkSettings.Networks "traefik-public-shop").IPAddress}}'} ${container}`
      ).stdout.trim()
      // Python takes a second to start; one that never listens has to be looked at when it would.
      if (fault === 'silent')
        await host.$`docker exec ${container} sh -c ${'until grep -q python /proc/1/cmdline; do :; done'}`
      else
        await host.$`${['sh', '-c', 'pid=$(docker inspect -f "{{.State.Pid}}" "$1"); until grep -q " 0A " "/proc/$pid/net/tcp6" || grep -v 0B00007F "/proc/$pid/net/tcp" | grep -q " 0A "; do sleep 0.1; done', 'sh', container]}`
      const said = await diagnose(host, app, { name: container, address: there })
      await host.$`docker rm -f ${container}`
      expect(said?.why).toBe(why)
      expect(said?.hint ?? '').toContain(hint)
    })
  })
})
