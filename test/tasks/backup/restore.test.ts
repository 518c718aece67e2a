import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { restore, type RestoreOptions } from '../../../tasks/backup/restore.ts'
import { fakeLock } from '../blue-green/builders.ts'
import { onScripted } from './on.ts'
import { type Answers, postgresHost, ran } from './postgres-host.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-27T07:00:38Z') }))
afterEach(() => void vi.useRealTimers())

const dump = '/opt/shop/backups/old.dump'
const databases = [
  'shop',
  'postgres',
  'shop_before_20260101t000000z',
  'shop_before_20261127t070038z',
  'shop_restoring_20250101t000000z',
]

/** A host with a dump, whose lock is free. */
function ready(answers: Answers = {}, lock = fakeLock('locked')): ReturnType<typeof postgresHost> {
  const host = postgresHost(
    {
      ...answers,
      'psql … -v database=shop -v restored': '2\n\n1\n',
      'psql … -d template1': `${JSON.stringify(databases)}\n`,
    },
    { files: { [dump]: 'PGDMP' } },
  )
  host.host.spawn = () => Promise.resolve(lock)
  return host
}

const sent = async (host: ReturnType<typeof postgresHost>, more: Partial<RestoreOptions> = {}, check = false) => {
  const play = onScripted(host, { check })
  await restore(play.on, { app: 'shop', file: 'old.dump', 'no-safety-dump': true, ...more })
  return play
}

const restoring = 'shop_restoring_20261127t070038z'
const before = 'shop_before_20261127t070038z'

describe('a restore', () => {
  it('reads the dump, restores it into a new database, and swaps that in', async () => {
    const host = ready()
    const { said, names } = await sent(host)
    expect(names).toMatchInlineSnapshot(`
      [
        "the dump is whole: ok",
        "restore into a new database: do it",
        "put it in the place of the old one: do it",
        "databases from before: remove shop_before_20260101t000000z, shop_restoring_20250101t000000z",
      ]
    `)
    expect(ran(host)).toMatchInlineSnapshot(`
      [
        "in shop-postgres: pg_restore --list </opt/shop/backups/old.dump",
        "in shop-postgres: pg_restore -f /dev/null </opt/shop/backups/old.dump",
        "[ -d /opt/shop/backups ] || mkdir -p -m 700 /opt/shop/backups",
        "in shop-postgres: psql … -v name=shop_restoring_20261127t070038z -d template1",
        "in shop-postgres: pg_dump -w --create --schema-only -N '*'",
        "in shop-postgres: psql … -v name=shop_restoring_20261127t070038z -d template1",
        "size=$(stat -Lc %s /opt/shop/backups/old.dump)
      status=0
      in shop-postgres: pg_restore -w --exit-on-error -d shop_restoring_20261127t070038z </opt/shop/backups/old.dump 2>/opt/shop/backups/.shop-20261127t070038z.said & restore=$!
      (while sleep 1; do
        at=$(sed -n 's/^pos:[^0-9]*//p' "/proc/$restore/fdinfo/0" 2>/dev/null) || exit
        echo "$(numfmt --to=si --suffix=B "$at") of $(numfmt --to=si --suffix=B "$size")" || exit
      done) & progress=$!
      wait "$restore" || status=$?
      kill "$progress" || :
      exit "$status"",
        "cat /opt/shop/backups/.shop-20261127t070038z.said; rm -f /opt/shop/backups/.shop-20261127t070038z.said",
        "in shop-postgres: psql -X -q -w -d shop_restoring_20261127t070038z -c ANALYZE",
        "write /opt/shop/restored 644 root:root",
        "in shop-postgres: psql … -v database=shop -v restored=shop_restoring_20261127t070038z -v before=shop_before_20261127t070038z -d template1",
        "in shop-postgres: psql … -d template1",
        "in shop-postgres: psql … -v name=shop_before_20260101t000000z -d template1",
        "in shop-postgres: psql … -v name=shop_restoring_20250101t000000z -d template1",
      ]
    `)
    expect(said).toMatchInlineSnapshot(`
      [
        "the database shop is what the dump holds; 3 connections to the one before were ended, and shop connects anew. It was not restarted. The one before is kept as shop_before_20261127t070038z until the next restore: what shop wrote since the dump is there, and in no other place. If the dump is older than the last migration: sudo docker exec shop-SLOT MIGRATION-COMMAND",
      ]
    `)
  })

  it('dumps what is there first, unless that is not wanted', async () => {
    const host = ready({ ' || status=$?\nkill': { code: 1 }, '.said; rm -f': 'pg_dump: error: damaged\n' })
    await expect(sent(host, { 'no-safety-dump': false })).rejects.toMatchObject({
      message: 'what is there could not be dumped first: shop could not be dumped: pg_dump: error: damaged',
      hint: expect.stringContaining('--no-safety-dump; the old database is kept') as string,
    })
    expect(ran(host).join('\n')).not.toContain('RENAME')
  })

  it('needs no safety dump where there is no database, and swaps nothing', async () => {
    const host = ready({ 'psql … -v database=shop -d template1': '\n' })
    const { said, names } = await sent(host, { 'no-safety-dump': false })
    expect(names.slice(0, 4)).toEqual([
      'the dump is whole: ok',
      "dump of shop's database: ok",
      'the dump is whole: ok',
      'file /opt/shop/backups/shop-20261127t070038z.dump: ok',
    ])
    expect(ran(host)).toContain(`in shop-postgres: psql … -v database=shop -v restored=${restoring} -d template1`)
    expect(said[0]).toContain('There was none before.')
  })

  it('keeps the database that was there until the next one, or not', async () => {
    expect((await sent(ready())).names.at(-1)).toBe(
      'databases from before: remove shop_before_20260101t000000z, shop_restoring_20250101t000000z',
    )
    expect((await sent(ready(), { 'drop-old': true })).names.at(-1)).toBe(
      `databases from before: remove shop_before_20260101t000000z, ${before}, shop_restoring_20250101t000000z`,
    )
  })

  it('leaves owners and grants out, if that is wanted', async () => {
    const host = ready()
    await sent(host, { 'no-owner': true })
    expect(ran(host).join('\n')).toContain(`pg_restore --no-owner --no-acl -w --exit-on-error -d ${restoring}`)
  })

  it('takes a file of this machine, and removes its copy', async () => {
    const local = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'x.dump')
    writeFileSync(local, 'PGDMP')
    const host = ready()
    await sent(host, { local })
    const copy = '/opt/shop/backups/.shop-20261127t070038z.sent'
    expect(host.commands).toContain(`write ${copy} 600 root:root`)
    expect(ran(host)).toContain(`rm -f ${copy}`)
  })

  it('only looks, in a check', async () => {
    const host = ready()
    const { names, said } = await sent(host, { 'no-safety-dump': false }, true)
    expect(names[0]).toBe('the dump is whole: ok')
    expect(ran(host)).toHaveLength(3)
    expect(said).toEqual([])
  })

  it('does not begin while somebody releases', async () => {
    const host = ready({}, fakeLock('held {"who":"ada","where":"laptop","why":"release v2","since":"now"}'))
    await expect(sent(host)).rejects.toThrow(
      'shop is being released on scripted by ada (release v2, from laptop, since now)',
    )
    expect(ran(host)).toEqual([])
  })
})

describe('a restore that fails changes nothing', () => {
  const dropped = `in shop-postgres: psql … -v name=${restoring} -d template1`
  it.each<[string, Answers, string]>([
    [
      'a dump that is cut off',
      { '-f /dev/null': { code: 1, stderr: 'error: end of file' } },
      'is not a whole dump: error: end of file',
    ],
    ['too little room', { pg_isready: 'x\nshop\nboss\n1000\n' }, 'The restored database needs about 0.0 MB'],
  ])('for %s: nothing was begun', async (_, answers, message) => {
    const host = ready(answers)
    await expect(sent(host)).rejects.toThrow(message)
    expect(ran(host).every((command) => command.includes('pg_restore'))).toBe(true)
  })

  it('for a role that is missing: the new database is removed', async () => {
    const host = ready({ '& restore=$!': { code: 1 }, '.said; rm -f': 'pg_restore: error: role "x" does not exist\n' })
    await expect(sent(host)).rejects.toMatchObject({
      message: `${dump} could not be restored, and nothing was changed: pg_restore: error: role "x" does not exist`,
      hint: expect.stringContaining('--no-owner') as string,
    })
    expect(ran(host).at(-1)).toBe(dropped)
  })

  it('for a swap that is refused: the old one lets the app in again, and the new one is removed', async () => {
    const host = ready({
      [`-v before=${before} -d template1`]: { code: 3, stderr: 'ERROR: is being accessed by other users' },
    })
    await expect(sent(host)).rejects.toThrow()
    const after = ran(host).slice(ran(host).findIndex((command) => command.includes('-v before=')) + 1)
    expect(after[0]).toBe(`in shop-postgres: psql … -v database=shop -v before=${before} -d template1`)
  })

  it('for a file that is missing: those that are there are named', async () => {
    const host = ready({ find: '1 shop-20260101t000000z.dump\n' })
    await expect(sent(host, { file: '/x.dump' })).rejects.toMatchObject({
      message: 'there is no file /x.dump on scripted',
      hint: 'The newest backups in /opt/shop/backups: shop-20260101t000000z.dump',
    })
    await expect(sent(ready(), { file: 'x.dump' })).rejects.toMatchObject({
      hint: 'And there is no backup in /opt/shop/backups. A file of this machine is named by its path.',
    })
  })
})

describe('a database in the server of another app', () => {
  const shared = { server: 'data', database: 'shop', user: 'shop_user' }

  it('is replaced there; without owners, all is its own role’s', async () => {
    const host = ready()
    await sent(host, { shared, 'no-owner': true })
    const log = host.commands.join('\n')
    expect(log).toContain('docker exec --interactive --env POSTGRES_DB=shop data-postgres sh -c')
    expect(log).toContain('pg_restore --no-owner --no-acl --role=shop_user -w --exit-on-error')
    expect(log).not.toContain('shop-postgres')
  })

  it('is made by setup, and by no restore', async () => {
    const host = postgresHost(
      { 'docker exec --interactive --env POSTGRES_DB=shop data-postgres': '' },
      { files: { [dump]: 'PGDMP' } },
    )
    host.host.spawn = () => Promise.resolve(fakeLock('locked'))
    await expect(sent(host, { shared })).rejects.toThrow('data-postgres has no database')
  })
})
