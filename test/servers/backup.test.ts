import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { postgres as postgresImage } from '../../lab/base-images.ts'
import { docker, engineEnv, ensureEngine } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import backup from '../../playbooks/backup.ts'
import restore from '../../playbooks/restore.ts'
import { printed } from '../playbooks/cli.ts'

const app = `shop-${randomBytes(3).toString('hex')}`
const container = `${app}-postgres`
const folder = `/opt/${app}/backups`

/** The playbooks against a real PostgreSQL, from a throw-away host whose docker program reaches the lab's engine. */
describe.skipIf(!inject('lab')).sequential('backup and restore', () => {
  let there: ThrowAway
  const sql = async (text: string, database = 'shop'): Promise<string> =>
    docker(['exec', container, 'psql', '-U', 'boss', '-X', '-q', '-A', '-t', '-d', database, '-c', text])
  const inventory = (): string => `hosts: { box: { address: ${there.host.name}, connection: docker, become: none } }
apps: { ${app}: { image: ghcr.io/you/shop, database: { name: shop, user: boss, password: { env: NONE } } } }
`
  const backUp = (...argv: string[]): Promise<string> => printed(backup, [app, ...argv], inventory())
  const restored = (file: string, ...argv: string[]): Promise<string> =>
    printed(restore, [app, file, '--yes-restore', app, ...argv], inventory())
  const sh = async (script: string): Promise<string> => (await there.host.$`sh -ec ${script}`).stdout.trim()
  const files = async (at = folder): Promise<string[]> => (await sh(`ls -A ${at}`)).split('\n').filter(Boolean)
  const databases = async (): Promise<string[]> =>
    (await sql('SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1', 'postgres')).split('\n')
  const newest = async (): Promise<string> => (await files()).at(-1) ?? ''

  beforeAll(async () => {
    await ensureEngine(() => undefined)
    await ensureImage(postgresImage, () => undefined)
    const address = engineEnv().DOCKER_HOST ?? process.env.DOCKER_HOST
    const socket = address?.replace('unix://', '') ?? '/var/run/docker.sock'
    const program = await exec(['sh', '-c', 'readlink -f "$(command -v docker)"'])
    there = await throwAway({
      run: [
        ...['--network', 'none', '--volume', `${socket}:/var/run/docker.sock`],
        ...['--volume', `${program.trim()}:/usr/bin/docker:ro`, '--tmpfs', '/full:size=70m'],
      ],
    })
    await there.host.$`mkdir -p /opt/cutover ${`/opt/${app}`}`
    await there.host.upload('templates/host/lock.sh', '/opt/cutover/lock.sh')
    const variables = ['POSTGRES_USER=boss', 'POSTGRES_DB=shop', 'POSTGRES_PASSWORD=x'].flatMap((each) => [
      '--env',
      each,
    ])
    await docker([
      ...['run', '--detach', '--rm', '--network', 'none', '--name', container, '--label', 'cutover.stamp=x'],
      ...[...variables, tagOf(postgresImage)],
    ])
  })
  afterAll(async () => {
    await docker(['rm', '--force', '--volumes', container])
    await there.close()
  })
  beforeEach(async () => {
    // Names of backups are seconds apart.
    await sleep(1100)
  })

  it('a new PostgreSQL is waited for, and data is dumped, and proven', async () => {
    expect(await backUp()).toContain('(exit status 0)')
    await sql(`CREATE ROLE reader; CREATE TABLE "it's a ""table" (id int PRIMARY KEY, note text);
      INSERT INTO "it's a ""table" SELECT n, 'note ' || n FROM generate_series(1, 2000) n;
      CREATE TABLE orders (id serial PRIMARY KEY, total numeric); INSERT INTO orders (total) VALUES (1.5), (2.5);
      CREATE VIEW sums AS SELECT sum(total) FROM orders; GRANT SELECT ON orders TO reader;
      ALTER DATABASE shop SET work_mem = '5MB'; GRANT CONNECT ON DATABASE shop TO reader`)
    await sleep(1100)
    const text = await backUp('--prove')
    expect(text).toMatch(/proven by a restore: 2 tables, 2002 rows/)
    expect(text).toContain('(exit status 0)')
    expect(await files()).toEqual([expect.stringMatching(/z\.dump$/), expect.stringMatching(/z\.dump$/)])
    expect(await sh(`stat -c '%a %U' ${folder} ${folder}/*`)).toBe('700 root\n600 root\n600 root')
    expect(await docker(['ps', '--all', '--quiet', '--filter', `label=cutover.proof=${app}`])).toBe('')
  })

  it('what was destroyed is back, for those who were connected too, with settings, grants and owner', async () => {
    const file = await newest()
    await sql(`DROP TABLE orders CASCADE; DELETE FROM "it's a ""table" WHERE id > 5`)
    const waiting = sql('SELECT pg_sleep(60)').catch((error: unknown) => String(error))
    const text = await restored(file)
    expect(text).toContain('1 connections to the one before were ended')
    expect(text).toContain('(exit status 0)')
    expect(await waiting).toContain('terminating connection')
    expect(await sql(`SELECT count(*) FROM "it's a ""table"`)).toBe('2000')
    expect(await sql('SELECT sum FROM sums')).toBe('4.0')
    expect(await sql('SHOW work_mem')).toBe('5MB')
    expect(
      await sql(`SELECT has_table_privilege('reader', 'orders', 'SELECT'), pg_get_userbyid(datdba) FROM pg_database
      WHERE datname = 'shop'`),
    ).toBe('t|boss')
    expect(await databases()).toEqual(['postgres', 'shop', expect.stringMatching(/^shop_before_\d{8}t\d{6}z$/)])
    const [, , before = ''] = await databases()
    expect(await sql(`SELECT count(*) FROM "it's a ""table"`, before)).toBe('5')
    // The safety dump is the third.
    expect(await files()).toHaveLength(3)
  })

  it('the next restore removes what the one before kept, and --drop-old keeps nothing', async () => {
    const [, before = ''] = await files()
    const [, , first] = await databases()
    expect(await restored(`${folder}/${before}`, '--no-safety-dump')).toContain('(exit status 0)')
    expect(await databases()).toEqual(['postgres', 'shop', expect.not.stringMatching(`^${first}$`)])
    await sleep(1100)
    expect(await restored(before, '--drop-old', '--no-safety-dump')).toContain('The one before is gone.')
    expect(await databases()).toEqual(['postgres', 'shop'])
    expect(await files()).toHaveLength(3)
  })

  it('a file that is cut off, of another kind, or missing is refused, and the database stays', async () => {
    await sh(`cd ${folder}; size=$(stat -c %s ${await newest()})
      head -c "$((size - 40))" ${await newest()} >/root/cut; echo 'CREATE TABLE x ();' >/root/text`)
    const oid = await sql("SELECT oid FROM pg_database WHERE datname = 'shop'")
    for (const [file, reason] of [
      ['/root/cut', /\/root\/cut is not a whole dump: .*end of file[\s\S]*Was it cut off/],
      ['/root/text', /\/root\/text is not a whole dump: .*valid archive/],
      [
        'none.dump',
        new RegExp(`there is no file ${folder}/none.dump on box[\\s\\S]*The newest backups in ${folder}: .*z.dump`),
      ],
    ] as const) {
      const text = await restored(file)
      expect(text).toMatch(reason)
      expect(text).toContain('(exit status 1)')
    }
    expect(await sql("SELECT oid FROM pg_database WHERE datname = 'shop'")).toBe(oid)
    expect(await databases()).toEqual(['postgres', 'shop'])
  })

  it('a restore that fails half-way leaves everything as it was', async () => {
    await sql('CREATE ROLE gone; CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO gone')
    await backUp()
    const file = await newest()
    await sql('ALTER TABLE theirs OWNER TO boss; DROP ROLE gone')
    const text = await restored(file, '--no-safety-dump')
    expect(text).toMatch(
      /could not be restored, and nothing was changed: .*role "gone" does not exist[\s\S]*--no-owner/,
    )
    expect(await databases()).toEqual(['postgres', 'shop'])
    expect(await sql('SELECT sum FROM sums')).toBe('4.0')
    await sleep(1100)
    expect(await restored(file, '--no-owner', '--drop-old', '--no-safety-dump')).toContain('(exit status 0)')
    expect(await databases()).toEqual(['postgres', 'shop'])
  })

  it('a dump that is cut off leaves no file, and nobody who goes on reading', async () => {
    const before = await files()
    const holder = sql('BEGIN; LOCK TABLE orders; SELECT pg_sleep(60)').catch(() => 'ended')
    const dumping = backUp()
    const dumpers = (): Promise<string> =>
      sql(
        `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'cutover%' AND datname = 'shop'`,
        'postgres',
      )
    await vi.waitFor(async () => expect(await dumpers()).toBe('1'), { timeout: 20_000 })
    await sh('kill -9 $(pgrep -x docker)')
    expect(await dumping).toContain('(exit status 1)')
    expect(await files()).toEqual(before)
    expect(await dumpers()).toBe('0')
    await sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LOCK TABLE%' AND pid <> pg_backend_pid()`,
    )
    expect(await holder).toBe('ended')
  })

  it('a dump comes to this machine, and goes back from it', async () => {
    const to = mkdtempSync(join(tmpdir(), 'cutover-backup-'))
    const before = await files()
    expect(await backUp('--to', to)).toContain('(exit status 0)')
    expect(await files()).toEqual(before)
    const [name = ''] = readdirSync(to)
    expect(name).toMatch(new RegExp(`^box-${app}-\\d{8}t\\d{6}z\\.dump$`))
    const here = join(to, name)
    expect((statSync(here).mode & 0o777).toString(8)).toBe('600')
    await sql('DROP TABLE orders CASCADE')
    expect(await restored(here, '--drop-old', '--no-safety-dump')).toContain('(exit status 0)')
    expect(await sql('SELECT sum FROM sums')).toBe('4.0')
    expect(await files()).toEqual(before)
    truncateSync(here, 100)
    expect(await restored(here)).toContain('is not a whole dump')
    expect(await files()).toEqual(before)
  })

  it('only the newest stay, and what is not ours is not touched', async () => {
    await sh(`touch ${folder}/notes.txt ${folder}/${app}-mine.dump ${folder}/other-20200101t000000z.dump
      touch -d '3 days ago' ${folder}/.${app}-20200101t000000z.dump.partial`)
    await backUp('--keep', '2')
    const names = await files()
    expect(names.filter((name) => !name.startsWith(`${app}-2`))).toEqual(
      ['notes.txt', 'other-20200101t000000z.dump', `${app}-mine.dump`].sort(),
    )
    expect(names).toHaveLength(5)
  })

  it('a full disk, a folder that is not there, a wrong password and a database that does not run are told', async () => {
    await sql(`INSERT INTO orders (total) SELECT random() * 1e9 FROM generate_series(1, 400000)`)
    expect(await backUp('--folder', '/full')).toMatch(/needs about .* MB, and \/full has .* MB free/)
    expect(await backUp('--folder', '/nowhere')).toMatch(/there is no folder \/nowhere on box[\s\S]*mount its disk/)
    await sh('rm -rf /full/*')
    // The disk is filled while the dump is written.
    await sql('INSERT INTO orders (total) SELECT 1 FROM generate_series(1, 10)')
    const hba = (await sql('SHOW hba_file')).trim()
    await docker([
      'exec',
      container,
      'sh',
      '-ec',
      `cp -p ${hba} /tmp/hba; sed -i 's/^local.*/local all all scram-sha-256/' ${hba}`,
    ])
    await sql('SELECT pg_reload_conf()')
    expect(await backUp()).toMatch(/no password supplied[\s\S]*another password/)
    await docker(['exec', container, 'sh', '-ec', `cat /tmp/hba >${hba}; kill -HUP 1`])
    await docker(['stop', container])
    expect(await backUp()).toMatch(new RegExp(`there is no container ${container}|${container} does not run`))
  })
})

vi.setConfig({ testTimeout: 300_000 })
