import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backUp } from '../../../tasks/backup/backup.ts'
import { onScripted } from './on.ts'
import { type Answers, postgresHost, ran } from './postgres-host.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-27T07:00:38Z') }))
afterEach(() => void vi.useRealTimers())

const name = 'shop-20261127t070038z.dump'
const list = '1; 0 1 TABLE DATA public a boss\n'

/** A host on which pg_dump writes 5 bytes. */
function dumping(answers: Answers = {}, folder = '/opt/shop/backups'): ReturnType<typeof postgresHost> {
  const partial = `${folder}/.${name}.partial`
  const host = postgresHost(
    {
      ' || status=$?': { changes: () => void host.files.write(partial, 'PGDMP', {}) },
      'mv -nT': {
        changes: () => {
          host.files.write(`${folder}/${name}`, 'PGDMP', {})
          host.files.delete(partial)
        },
      },
      '--list': list,
      ...answers,
    },
    { files: { '/mnt/nas': { directory: true } } },
  )
  return host
}

describe('a backup', () => {
  it('is dumped, read back, and gets its name', async () => {
    const host = dumping()
    const { on, said, names } = onScripted(host)
    await backUp(on, { app: 'shop' })
    expect(ran(host)).toMatchInlineSnapshot(`
      [
        "[ -d /opt/shop/backups ] || mkdir -p -m 700 /opt/shop/backups",
        "find /opt/shop/backups/ -maxdepth 1 -type f -name '.shop-*z.dump.partial*' -mmin +1440 -delete",
        "df -Pk /opt/shop/backups | awk 'END { printf "%.0f\\n", $4 * 1024 }'",
        "find /opt/shop/backups/ -maxdepth 1 -type f -name 'shop-*.dump' -printf '%s %f\\n' 2>/dev/null",
        "umask 077
      (while sleep 1; do numfmt --to=si --suffix=B "$(stat -c %s /opt/shop/backups/.shop-20261127t070038z.dump.partial)" || exit; done) & progress=$!
      status=0
      in shop-postgres: env PGAPPNAME=cutover-20261127t070038z-shop pg_dump -Fc -w --lock-wait-timeout=300s >/opt/shop/backups/.shop-20261127t070038z.dump.partial 2>/opt/shop/backups/.shop-20261127t070038z.dump.partial.said || status=$?
      kill "$progress" || :
      exit "$status"",
        "cat /opt/shop/backups/.shop-20261127t070038z.dump.partial.said; rm -f /opt/shop/backups/.shop-20261127t070038z.dump.partial.said",
        "in shop-postgres: pg_restore --list </opt/shop/backups/.shop-20261127t070038z.dump.partial",
        "in shop-postgres: pg_restore -f /dev/null </opt/shop/backups/.shop-20261127t070038z.dump.partial",
        "sync /opt/shop/backups/.shop-20261127t070038z.dump.partial 2>/dev/null || sync
      mv -nT /opt/shop/backups/.shop-20261127t070038z.dump.partial /opt/shop/backups/shop-20261127t070038z.dump
      sync /opt/shop/backups 2>/dev/null || sync",
      ]
    `)
    expect(names).toMatchInlineSnapshot(`
      [
        "dump of shop's database: do it",
        "the dump is whole: do it",
        "file /opt/shop/backups/shop-20261127t070038z.dump: do it",
      ]
    `)
    expect(said).toEqual([`/opt/shop/backups/${name}: 0.0 MB, 1 tables with data`])
  })

  it('is proven by a restore, if that is wanted', async () => {
    const rows = '["public", "a", 3]\n'
    const host = dumping({ '.said; rm -f': `NOTICE: x\n${rows}`, 'shop-backup-proof: psql …': rows })
    const { on, said } = onScripted(host)
    await backUp(on, { app: 'shop', prove: true })
    expect(ran(host).filter((command) => /proof|snapshot|psql/.test(command))).toMatchInlineSnapshot(`
      [
        "umask 077
      (while sleep 1; do numfmt --to=si --suffix=B "$(stat -c %s /opt/shop/backups/.shop-20261127t070038z.dump.partial)" || exit; done) & progress=$!
      status=0
      in shop-postgres: env PGAPPNAME=cutover-20261127t070038z-shop psql … >/opt/shop/backups/.shop-20261127t070038z.dump.partial 2>/opt/shop/backups/.shop-20261127t070038z.dump.partial.said || status=$?
      kill "$progress" || :
      exit "$status"",
        "docker ps --all --quiet --filter label=cutover.proof=shop | xargs -r docker rm --force --volumes >/dev/null",
        "docker run --detach --name shop-backup-proof --label cutover.proof=shop --network none --env POSTGRES_USER=boss --env POSTGRES_DB=shop --env POSTGRES_PASSWORD=only-here sha256:abc",
        "in shop-postgres: pg_dumpall --roles-only --no-role-passwords -w | in shop-backup-proof: psql -X -q -w >/dev/null 2>&1",
        "in shop-backup-proof: sh -c 'exec pg_restore -w --exit-on-error -d "$PGDATABASE"' </opt/shop/backups/.shop-20261127t070038z.dump.partial",
        "in shop-backup-proof: psql …",
        "docker ps --all --quiet --filter label=cutover.proof=shop | xargs -r docker rm --force --volumes >/dev/null",
      ]
    `)
    expect(said).toEqual([`/opt/shop/backups/${name}: 0.0 MB, proven by a restore: 1 tables, 3 rows`])
  })

  it('leaves all but the newest of its folder, if a number is given', async () => {
    const host = dumping({ find: '1 shop-20250101t000000z.dump\n1 shop-20260101t000000z.dump\n' }, '/mnt/nas')
    await backUp(onScripted(host).on, { app: 'shop', folder: '/mnt/nas', keep: 1 })
    expect(ran(host).at(-1)).toBe('rm -f -- /mnt/nas/shop-20250101t000000z.dump')
    expect(ran(host).join('\n')).not.toContain('mkdir')
  })

  it('comes to this machine, and leaves the host', async () => {
    const to = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'new')
    const host = dumping()
    await backUp(onScripted(host).on, { app: 'shop', to })
    expect(readFileSync(join(to, `web-1-${name}`), 'utf8')).toBe('PGDMP')
    expect(ran(host).at(-1)).toBe(`rm -f /opt/shop/backups/${name}`)
  })

  it('that does not arrive stays on the host', async () => {
    const host = dumping()
    host.host.fetch = () => Promise.reject(new Error('no room here'))
    const to = mkdtempSync(join(tmpdir(), 'cutover-'))
    await expect(backUp(onScripted(host).on, { app: 'shop', to })).rejects.toThrow('no room here')
    expect(host.files.has(`/opt/shop/backups/${name}`)).toBe(true)
    expect(existsSync(join(to, `web-1-${name}`))).toBe(false)
  })

  it('is not made by a check', async () => {
    const host = dumping()
    const { on, said, names } = onScripted(host, { check: true })
    await backUp(on, { app: 'shop', prove: true, keep: 3 })
    expect(host.written).toEqual([])
    expect(said).toEqual([])
    expect(names).toHaveLength(5)
  })
})

describe('a backup that fails leaves no file, and no dump that goes on', () => {
  const failed = { code: 1 }
  it.each<[string, Answers, string]>([
    [
      'pg_dump',
      { ' || status=$?': failed, '.said; rm -f': 'pg_dump: error: write failed: No space left on device\n' },
      'shop could not be dumped: pg_dump: error: write failed: No space left on device',
    ],
    [
      'pg_dump within psql',
      { '.said; rm -f': 'pg_dump: error: x\npg_dump has failed\n' },
      'shop could not be dumped: pg_dump: error: x',
    ],
    ['what reads it', { '-f /dev/null': failed }, 'is not a whole dump'],
    ['the room', { 'df -Pk /opt': '1000\n' }, "A dump of shop's database needs about 0.0 MB"],
    ['the database', { 'psql … -v database=shop': '\n' }, 'shop has nothing to dump: database "shop" does not exist'],
    ['the name', { 'mv -nT': '' }, `there is already a file /opt/shop/backups/${name}`],
  ])('for want of %s', async (_, answers, message) => {
    const host = dumping(answers)
    await expect(backUp(onScripted(host).on, { app: 'shop' })).rejects.toThrow(message)
    const partial = `/opt/shop/backups/.${name}.partial`
    expect(ran(host).slice(-2)).toEqual([
      `rm -f ${partial} ${partial}.said`,
      'in shop-postgres: psql … -v session=cutover-20261127t070038z-shop -d template1',
    ])
  })

  it('for want of the folder', async () => {
    const host = dumping()
    await expect(backUp(onScripted(host).on, { app: 'shop', folder: '/nowhere' })).rejects.toThrow(
      'there is no folder /nowhere on scripted',
    )
  })

  it('also where PostgreSQL has ended meanwhile', async () => {
    const host = dumping({ ' || status=$?': failed, 'session=': { code: 2, stderr: 'no response' } })
    await expect(backUp(onScripted(host).on, { app: 'shop' })).rejects.toThrow('shop could not be dumped')
  })

  it.each<[string, Answers, string]>([
    [
      'other rows',
      { 'shop-backup-proof: psql …': '["public", "a", 2]\n' },
      'other rows than the database: public.a: 3 → 2',
    ],
    [
      'no restore',
      { 'exec pg_restore': { code: 1, stderr: 'pg_restore: error: x' } },
      'the dump cannot be restored: pg_restore: error: x',
    ],
    [
      'no start',
      { 'shop-backup-proof: sh -ec': { code: 1, stdout: 'x - no response' } },
      'did not start: x - no response',
    ],
    ['no count', { 'shop-backup-proof: psql …': { code: 1, stderr: 'ERROR: y' } }, 'cannot be counted: ERROR: y'],
  ])('with %s in its proof, whose container is removed', async (_, answers, message) => {
    const host = dumping({ '.said; rm -f': '["public", "a", 3]\n', ...answers })
    await expect(backUp(onScripted(host).on, { app: 'shop', prove: true })).rejects.toThrow(message)
    const proofs = ran(host).filter((command) => command.includes('label=cutover.proof=shop'))
    expect(proofs).toHaveLength(2)
    expect(ran(host).join('\n')).not.toContain('mv -nT')
  })
})

it('a database in the server of another app is dumped out of that one, into the folder of its own app', async () => {
  const host = dumping()
  const shared = { server: 'data', database: 'shop_db', user: 'shop' }
  await backUp(onScripted(host).on, { app: 'shop', shared })
  const log = host.commands.join('\n')
  expect(log).toContain('docker exec --interactive --env POSTGRES_DB=shop_db data-postgres sh -c')
  expect(log).toContain(`>/opt/shop/backups/.${name}.partial`)
  expect(log).not.toContain('shop-postgres')
})
