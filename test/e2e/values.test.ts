import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, killedAt, variant, failureOf } from '../../lab/cutover.ts'
import { findEngine } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { startLoad } from '../../lab/load.ts'
import { logins } from '../../lab/logins.ts'
import { quote } from '../../runner/quote.ts'

const name = 'e2e-values'

/** What stands between a value in an inventory and an app has a meaning for each of these. */
const nasty = [
  'ab$cd9xyz#7Qw',
  '${X} $$ $(id) `id` #"\' \\ \\n !!',
  '  100%d %s %25 %, and blanks at both ends  ',
  'user:pass@host:5432/db?a=b&c#d;=,',
  'пароль-ñ-日本-😀~!*()[]{}<>|^' + 'x'.repeat(100),
]

/** What Docker's own environment file can't carry, and what it can. */
const environment: Record<string, string> = {
  PEM: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  LINES: '\n\n one\r\n\ttwo \\n "$X" \'three\' `id` #\n\n',
  LONG: 'é'.repeat(35_000),
  RETURN: 'ends with a carriage return\r',
  BLANKS: '  a # b = c  ',
  EMPTY: '',
  NUMBER: '007205e22',
}

/** Prints what a process has of them: their digests, as JSON. */
const digests = `import hashlib, json, os; print(json.dumps({n: hashlib.sha256(os.environb[n.encode()]).hexdigest() for n in "${Object.keys(environment).join(' ')}".split()}))`
const expected = Object.fromEntries(
  Object.entries(environment).map(([key, value]) => [key, createHash('sha256').update(value).digest('hex')]),
)

/** Values of an inventory, as they arrive in an app, its migration and its database: on a real host, under load. */
describe.skipIf(!inject('lab')).sequential('a value of the inventory', () => {
  let lab: Lab
  let url: string
  let inventory: string

  const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [`sudo sh -c ${quote(script)}`]))
  const secret = (password: string): Record<string, string> => ({ SHOP_DATABASE_PASSWORD: password })
  const setUp = (password: string): Promise<Ended> => cutover('setup', [], inventory, secret(password))
  const deploy = (password: string, ...args: string[]): Promise<Ended> =>
    cutover('deploy', args, inventory, secret(password))
  const live = async (): Promise<string> =>
    (await on("sed -n 's/^ *service: //p' /opt/traefik/dynamic/shop.yaml | grep shop- | head -n 1")).trim()
  /** Whether PostgreSQL lets the app's user in with a password, over the network. */
  const accepts = async (password: string): Promise<boolean> => {
    const script = `docker run --rm --network shop-backend -e "PGPASSWORD=$(echo ${Buffer.from(password).toString('base64')} | base64 -d)" --entrypoint psql $(docker inspect -f {{.Config.Image}} shop-postgres) -w -h postgres -U shop -d shop -c "SELECT 1" 2>&1 || true`
    const said = await on(script)
    if (!/1 row|password authentication failed/.test(said)) throw new Error(said)
    return said.includes('1 row')
  }
  const letIn = async (): Promise<string> =>
    on(
      'docker exec shop-postgres grep -c "trust # cutover" /var/lib/postgresql/data/pg_hba.conf; ls /opt/shop/postgres/let-in 2>/dev/null; true',
    )

  /** Logins from within a slot, until it ends or they are stopped. */
  const startLogins = async (container: string): Promise<{ stop: () => Promise<string[]> }> => {
    const [program, ...args] = sshCommand(lab, 'web-1', [
      `sudo docker exec -i ${container} python -c ${quote(logins)}`,
    ]) as [string, ...string[]]
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(child.stdout, 'data')
    return {
      stop: async () => {
        child.kill()
        if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
        return said.trim().split('\n')
      },
    }
  }

  beforeAll(async () => {
    await findEngine()
    lab = await up(name, 1, (line) => console.log(line))
    url = `http://${lab.hosts[0]!.address}`
    inventory = variant(lab, 'nasty', ({ apps }) => {
      const migrate = [
        'sh',
        '-c',
        `python -c '${digests}' && DATABASE_URL=$(printf %s "$DATABASE_URL" | sed s/%/%%/g) exec alembic upgrade head`,
      ]
      Object.assign(apps.shop!, {
        poll: 59,
        bake: 1,
        migrate,
        health: { interval: 1, timeout: 12 },
        env: { ...apps.shop!.env!, ...environment },
      })
    })
    expect(failureOf(await setUp(nasty[0]!))).toBe('')
    expect(failureOf(await deploy(nasty[0]!, '--tag', 'v1.0.0'))).toBe('')
  })
  afterAll(() => down(name))

  describe('of the environment', () => {
    const hasThem = async (container: string): Promise<unknown> =>
      JSON.parse(await on(`docker exec ${container} python -c ${quote(digests)}`))

    it('reaches the app and its migration exactly', async () => {
      expect(await hasThem(await live())).toEqual(expected)
      expect(JSON.parse((await on('docker logs shop-migration 2>/dev/null')).split('\n')[0]!)).toEqual(expected)
    })

    it('by a release on the host itself too', async () => {
      const before = await live()
      await on('/opt/shop/deploy v1.1.0')
      expect(await live()).not.toBe(before)
      expect(await hasThem(await live())).toEqual(expected)
      expect(JSON.parse((await on('docker logs shop-migration 2>/dev/null')).split('\n')[0]!)).toEqual(expected)
    })
  })

  it('that is the database password reaches a new database and its app exactly', async () => {
    expect(await accepts(nasty[0]!)).toBe(true)
    expect((await fetch(`${url}/orders/count`)).status).toBe(200)
    expect(await on('cat /opt/shop/postgres/password')).toBe(nasty[0])
  })

  it.each(nasty.slice(1))(
    'the database password, changed to %j, reaches both exactly, the former one is no longer valid, and no login fails meanwhile',
    async (password) => {
      const before = await on("sed -n 's/^DATABASE_URL=//p' /opt/shop/app.env")
      const load = await startLoad({ url, slowSeconds: 1 })
      const old = await startLogins(await live())
      expect(await setUp(password)).toMatchObject({
        code: 0,
        output: expect.stringContaining('settings are newer than its release on web-1: deploy to apply') as string,
      })
      // The database has it once the release is made, and not before: what runs has the former one.
      expect(await accepts(password)).toBe(false)
      expect(await deploy(password)).toMatchObject({
        code: 0,
        output: expect.stringContaining("database password: becomes the inventory's") as string,
      })
      const all = await old.stop()
      expect(all.filter((line) => line !== 'ok')).toEqual([])
      expect(all.length).toBeGreaterThan(30)
      expect(await load.stop()).toMatchObject({ failed: 0, lost: 0, examples: [] })
      expect(await accepts(password)).toBe(true)
      expect(await letIn()).toBe('0')
      const former = decodeURIComponent(/:\/\/shop:(.*)@/.exec(before)![1]!)
      expect(await accepts(former)).toBe(false)
      // And a second time nothing changes.
      expect(await setUp(password)).toMatchObject({
        code: 0,
        output: expect.stringContaining('nothing to change') as string,
      })
      expect(await deploy(password)).toMatchObject({
        code: 0,
        output: expect.stringContaining('nothing to change') as string,
      })
    },
  )

  it('a release that is refused after a change takes the change back: what serves logs in as before', async () => {
    const former = nasty.at(-1)!
    const old = await startLogins(await live())
    expect(failureOf(await setUp('another1'))).toBe('')
    const { code, output } = await deploy('another1', '--tag', 'never-healthy')
    expect(code).toBe(1)
    expect(output).toContain('is refused')
    expect(await letIn()).toBe('0')
    expect([await accepts(former), await accepts('another1')]).toEqual([true, false])
    expect((await old.stop()).filter((line) => line !== 'ok')).toEqual([])
    expect((await fetch(`${url}/orders/count`)).status).toBe(200)
  })

  it('a run that is killed after the change leaves the old release its way in, and the next run ends it', async () => {
    const container = await live()
    await killedAt({ output: /changed +database password/, after: 0 }, 'deploy', [], inventory)
    expect(await accepts('another1')).toBe(true)
    expect(await letIn()).toBe('1\n/opt/shop/postgres/let-in')
    // By its name, whatever address it has.
    await on(`docker restart ${container}`)
    const old = await startLogins(container)
    expect(failureOf(await cutover('deploy', [], inventory, secret('another1')))).toBe('')
    expect((await old.stop()).filter((line) => line !== 'ok')).toEqual([])
    expect(await letIn()).toBe('0')
  })

  it('a migration is run where its files are new, and only there', async () => {
    const deployed = (tag: string, files: string): Promise<Ended> => {
      const migrate = `{ command: [alembic, upgrade, head], files: ${files} }`
      return deploy('another1', '--tag', tag, '-e', `{ apps: { shop: { migrate: ${migrate} } } }`)
    }
    /** How the migration's container was left: one that was not needed has never run. */
    const released = async (tag: string): Promise<string> => {
      expect(failureOf(await deployed(tag, '/app/db/migrations'))).toBe('')
      return (await on("docker inspect -f '{{.State.Status}}' shop-migration")).trim()
    }
    expect(await released('v1.0.0')).toBe('exited')
    expect(await released('v1.1.0')).toBe('created')
    await on('date >/opt/shop/restored')
    expect(await released('v1.0.0')).toBe('exited')
    expect(await released('v1.1.0')).toBe('created')
    const { code, output } = await deployed('v1.2.0', '/app/nowhere')
    expect(code).toBe(1)
    expect(output).toContain('the image of shop has no /app/nowhere, where `migrate.files` looks for its migrations')
    expect((await fetch(`${url}/orders/count`)).status).toBe(200)
  })

  it('a user or a database that PostgreSQL does not have is said before anything is released', async () => {
    const renamed = ['-e', 'apps.shop.database.user=nobody_there']
    expect(failureOf(await cutover('setup', renamed, inventory, secret('another1')))).toBe('')
    const { code, output } = await cutover('deploy', renamed, inventory, secret('another1'))
    expect(code).toBe(1)
    expect(output).toContain('role "nobody_there" does not exist')
    expect(output).toContain('PostgreSQL makes its user and its database only with a new volume.')
    expect((await fetch(`${url}/orders/count`)).status).toBe(200)
  })
})
