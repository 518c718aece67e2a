import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { postgres, postgres16 } from '../../lab/base-images.ts'
import { cutover, type Ended, failureOf, killedAt, variant } from '../../lab/cutover.ts'
import { docker } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = 'servers-database'
let lab: Lab
const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [script]))
const sql = (text: string, database = 'shop', app = 'shop'): Promise<string> =>
  on(`sudo docker exec ${app}-postgres psql -U ${app} -d ${database} -X -q -A -t -c "${text}"`)
const url = (): string => `http://${lab.hosts[0]!.address}`
const status = async (): Promise<number> => (await fetch(`${url()}/health`)).status
const setup = (inventory: string, ...args: string[]): Promise<Ended> => cutover('setup', args, inventory)
/** What cron does each minute, now. */
const minute = (): Promise<string> => on('sudo sh -c "/opt/cutover/heal.sh shop 2>&1"')
const volumes = async (): Promise<string[]> =>
  (await on('sudo docker volume ls -q --filter name=shop-postgres | sort')).split('\n').filter(Boolean)

/** The inventory with PostgreSQL of a major version, and more of its settings. */
const withPostgres = (major: 16 | 17, more: Record<string, unknown> = {}): string =>
  variant(lab, `postgres-${major}`, ({ vars }) =>
    Object.assign(vars, { postgres: { image: `registry.lab:5000/postgres:${major}`, ...more } }),
  )

/** Waits for something that happens by itself. @throws Error after so many seconds */
async function until(what: string, holds: () => Promise<boolean>, limit: number): Promise<void> {
  for (let left = limit; !(await holds()); left--) {
    if (left === 0) throw new Error(`not within ${limit} s: ${what}`)
    await sleep(1_000)
  }
}

describe.skipIf(!inject('lab')).sequential('PostgreSQL on a real host', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    await ensureImage(postgres16, () => undefined)
    await docker(['tag', tagOf(postgres16), `${lab.registry}/postgres:16`])
    await docker(['push', '-q', `${lab.registry}/postgres:16`])
    expect(failureOf(await setup(withPostgres(16)))).toBe('')
    expect(failureOf(await cutover('deploy', ['--tag', 'v1.0.0'], withPostgres(16)))).toBe('')
  })
  afterAll(() => down(name))

  describe('an upgrade from 16 to 17', () => {
    beforeAll(async () => {
      await sql(`CREATE ROLE reader LOGIN PASSWORD 'x'; CREATE TABLE numbers (id int PRIMARY KEY, note text);
        INSERT INTO numbers SELECT n, repeat('x', 200) || n FROM generate_series(1, 50000) n;
        GRANT SELECT ON numbers TO reader; CREATE SEQUENCE bills START 41; SELECT nextval('bills');
        ALTER DATABASE shop SET work_mem = '5MB'; ALTER ROLE reader SET search_path = public`)
      await sql('CREATE DATABASE reports OWNER reader', 'postgres')
      await sql('CREATE TABLE told (what text); INSERT INTO told VALUES (1::text)', 'reports')
    })

    it('is refused unless it is asked for, and how is said', async () => {
      const { code, output } = await setup(withPostgres(17))
      expect(code).toBe(1)
      expect(output).toContain("shop's data is PostgreSQL 16's")
      expect(output).toContain('--extra-vars postgres.upgrade=true')
      expect(await status()).toBe(200)
    })

    it('that fails is undone: the app serves on with 16, and no volume is left', async () => {
      await on('sudo docker exec shop-postgres sh -c "mkdir -p /srv/old && chown postgres /srv/old"')
      await sql("CREATE TABLESPACE old LOCATION '/srv/old'")
      const before = await volumes()
      const { code, output } = await setup(withPostgres(17), '-e', 'postgres.upgrade=true')
      expect(code).toBe(1)
      expect(output).toContain('directory \\"/srv/old\\" does not exist'.replaceAll('\\', ''))
      expect([await status(), await volumes()]).toEqual([200, before])
      expect(await sql('SHOW server_version')).toMatch(/^16/)
      await sql('DROP TABLESPACE old')
    })

    it('that is killed leaves 16, which serves again within minutes, without anybody', async () => {
      await killedAt(
        { output: /shop is away/, after: 3_000 },
        'setup',
        ['-e', 'postgres.upgrade=true'],
        withPostgres(17),
      )
      await until('it serves again', async () => (await status()) === 200, 180)
      expect(await sql('SHOW server_version')).toMatch(/^16/)
      expect(await sql('SELECT count(*) FROM numbers')).toBe('50000')
    })

    it('moves all data, with roles, grants and settings, while users are told 503, and keeps the old volume', async () => {
      const seen = new Set<number>()
      let going = true
      const asking = (async () => {
        while (going) {
          seen.add(await status().catch(() => 0))
          await sleep(100)
        }
      })()
      const { code, output } = await setup(withPostgres(17), '-e', 'postgres.upgrade=true')
      going = false
      await asking
      expect(output).toMatch(/shop has PostgreSQL 17: \d+ rows were moved/)
      expect(code).toBe(0)
      expect([...seen].sort()).toEqual([200, 503])
      expect(await sql('SHOW server_version')).toMatch(/^17/)
      expect(await sql("SELECT count(*) || ' ' || max(note) FROM numbers")).toMatch(/^50000 x+9999$/)
      expect(await sql("SELECT nextval('bills')")).toBe('42')
      expect(await sql('SHOW work_mem')).toBe('5MB')
      expect(await sql("SELECT has_table_privilege('reader', 'numbers', 'SELECT')")).toBe('t')
      expect(await sql('SELECT what FROM told', 'reports')).toBe('1')
      expect(await sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'reports'")).toBe('reader')
      const [old, next, ...others] = await volumes()
      expect([old, next, others]).toEqual(['shop-postgres', expect.stringMatching(/^shop-postgres-17-/), []])
      expect(
        await on('sudo docker volume inspect -f "{{.Mountpoint}}" shop-postgres | xargs -I @ sudo cat @/PG_VERSION'),
      ).toBe('16')
    })

    it('needs nothing more: a second setup changes nothing, and heal and a release go on as before', async () => {
      expect((await setup(withPostgres(17, { upgrade: true }))).output).toMatch(/changed=0 /)
      expect(await minute()).toBe('')
      expect(failureOf(await cutover('deploy', ['--tag', 'v1.1.0'], withPostgres(17)))).toBe('')
      // The container is made again with the data that it had, even from nothing but its compose file.
      await on('sudo docker rm -f shop-postgres >/dev/null')
      expect(failureOf(await setup(withPostgres(17)))).toBe('')
      expect(await sql('SELECT count(*) FROM numbers')).toBe('50000')
    })
  })

  describe('parameters and extensions', () => {
    beforeAll(async () => {
      expect(failureOf(await setup(withPostgres(17, { upgrade: true })))).toBe('')
    })
    const started = (): Promise<string> => sql('SELECT pg_postmaster_start_time()')
    const given = (parameters: object, extensions: string[] = []): string =>
      withPostgres(17, { parameters, extensions })

    it('are set without a restart where none is needed, and with one where it is', async () => {
      const before = await started()
      expect(failureOf(await setup(given({ maintenance_work_mem: '7MB' }, ['pg_trgm'])))).toBe('')
      expect([
        await started(),
        await sql("SELECT reset_val FROM pg_settings WHERE name = 'maintenance_work_mem'"),
      ]).toEqual([before, '7168'])
      expect(await sql("SELECT similarity('word', 'words') > 0")).toBe('t')
      const wanted = given({ max_connections: 77, shared_preload_libraries: ['pg_stat_statements'] }, [
        'pg_stat_statements',
      ])
      const { output } = await setup(wanted)
      expect(output).toContain('PostgreSQL restarts, and its connections end')
      expect(await started()).not.toBe(before)
      expect(await sql('SHOW max_connections')).toBe('77')
      expect(await sql('SELECT count(*) > 0 FROM pg_stat_statements')).toBe('t')
      expect(await sql("SELECT reset_val FROM pg_settings WHERE name = 'maintenance_work_mem'")).toBe('65536')
      expect((await setup(wanted)).output).toMatch(/changed=0 /)
      await until('the app is healthy', async () => (await status()) === 200, 30)
    })

    it.each([
      ['no parameter', { no_such_thing: 1 }, 'unrecognized configuration parameter "no_such_thing"'],
      ['no value for it', { max_connections: 'many' }, 'invalid value for parameter "max_connections": "many"'],
      ['such that it does not start', { shared_preload_libraries: ['no_such_library'] }, 'gets back those of before'],
    ])('that are %s are taken back, and the database runs as before', async (_, parameters, words) => {
      const { code, output } = await setup(given({ max_connections: 77, ...parameters }))
      expect(output).toContain(words)
      expect(code).toBe(1)
      expect(await sql('SHOW max_connections')).toBe('77')
      await until('the app is healthy', async () => (await status()) === 200, 30)
    })

    it('that the image lacks are told', async () => {
      expect((await setup(given({}, ['postgis']))).output).toContain('PostgreSQL has no extension postgis to install')
    })
  })

  it('a disk that is full when a database is made is told as such, and how it goes on', async () => {
    await on(
      'sudo docker volume create --label cutover=1 --opt type=tmpfs --opt device=tmpfs --opt o=size=30m tiny-postgres',
    )
    const tiny = variant(lab, 'tiny', ({ apps, vars }) => {
      const { shop } = apps
      Object.assign(apps, { tiny: { ...shop, access: { domain: 'tiny.example.org' } } })
      Object.assign(vars, { postgres: { image: 'registry.lab:5000/postgres:17' } })
      Object.assign(vars.traefik as object, { email: 'you@example.org' })
    })
    const { code, output } = await setup(tiny)
    expect(code).toBe(1)
    expect(output).toContain('The disk is full.')
    expect(await status()).toBe(200)
    await on('sudo docker rm -f tiny-postgres >/dev/null; sudo docker volume rm tiny-postgres')
    expect(failureOf(await setup(tiny))).toBe('')
  })

  describe('backups', () => {
    it('are made by cron at their time, and only the newest stay', async () => {
      const at = (await on('date -d "+100 seconds" +%H:%M')).trim()
      expect(failureOf(await setup(withPostgres(17, { backup: { at, keep: 1 } })))).toBe('')
      await on('sudo /opt/shop/backup </dev/null')
      const listed = (): Promise<string> => on('sudo ls /opt/shop/backups')
      const byHand = await listed()
      await until(
        'cron has made another one, and removed this one',
        async () => {
          const now = await listed()
          return now !== byHand && now.split('\n').length === 1 && now.endsWith('.dump')
        },
        240,
      )
      expect(await on('sudo cat /var/log/cutover/shop-backup.log')).toContain('tables with data')
    })

    it('come to the operator, are proven, and go back once the name of the app is given', async () => {
      const { output } = await cutover('backup', ['shop', '--prove', '--to', lab.directory], withPostgres(17))
      const [, file = ''] = /(\S+\.dump): .*proven by a restore/.exec(output) ?? []
      expect(file).toContain('web-1-shop-')
      await sql('DELETE FROM numbers')
      expect(await cutover('restore', ['shop', file], withPostgres(17))).toMatchObject({ code: 2 })
      expect(failureOf(await cutover('restore', ['shop', file, '--yes-restore', 'shop'], withPostgres(17)))).toBe('')
      expect(await sql('SELECT count(*) FROM numbers')).toBe('50000')
      expect(await status()).toBe(200)
    })
  })

  it('an app uses a database elsewhere by its DATABASE_URL, and backup says whose it is', async () => {
    const elsewhere = `${name}-elsewhere`
    const variables = ['POSTGRES_USER=else', 'POSTGRES_DB=else', 'POSTGRES_PASSWORD=elsewhere1'].flatMap((each) => [
      '--env',
      each,
    ])
    await docker([
      'run',
      '--detach',
      '--rm',
      '--name',
      elsewhere,
      '--network',
      `cutover-lab-${name}`,
      ...variables,
      tagOf(postgres),
    ])
    try {
      const address = await docker([
        'inspect',
        '-f',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
        elsewhere,
      ])
      const external = variant(lab, 'external', ({ apps, vars }) => {
        Object.assign(apps.shop!, { database: false })
        Object.assign(apps.shop!.secrets as object, { DATABASE_URL: { env: 'ELSEWHERE' } })
        Object.assign(vars, { postgres: { image: 'registry.lab:5000/postgres:17' } })
      })
      const env = { ELSEWHERE: `postgresql+asyncpg://else:elsewhere1@${address.trim()}:5432/else` }
      expect(failureOf(await cutover('setup', [], external, env))).toBe('')
      expect(failureOf(await cutover('deploy', ['--tag', 'v1.2.0'], external, env))).toBe('')
      expect(await status()).toBe(200)
      const tables = await docker([
        'exec',
        elsewhere,
        'psql',
        '-U',
        'else',
        '-d',
        'else',
        '-tAc',
        'SELECT count(*) FROM alembic_version',
      ])
      expect(tables.trim()).toBe('1')
      const { code, output } = await cutover('backup', ['shop'], external, env)
      expect([code, output]).toEqual([2, expect.stringContaining("the database of shop is not Cutover's") as string])
    } finally {
      await docker(['rm', '--force', '--volumes', elsewhere])
    }
  })
})
