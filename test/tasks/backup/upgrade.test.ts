import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { upgradePostgres } from '../../../tasks/backup/upgrade.ts'
import { imageFact } from '../../../tasks/app/database-data.ts'
import { appWith, container, fakeLock, TestHost } from '../blue-green/builders.ts'
import { onScripted } from './on.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-27T07:00:38Z') }))
afterEach(() => void vi.useRealTimers())

const next = 'shop-postgres-17-20261127t070038z'
const app = appWith()

/** A command in short: `in shop-postgres [reports]: psql …`. */
const short = (command: string): string =>
  command
    .replace(
      /docker exec --interactive (?:--env POSTGRES_DB=(\S+) )?(\S+) sh -c 'PGUSER=[\s\S]*?exec "\$@"' sh /g,
      (_, database: string | undefined, name: string) => `in ${name}${database ? ` [${database}]` : ''}: `,
    )
    .replaceAll('psql -X -q -A -t -w -v ON_ERROR_STOP=1', 'psql …')

interface Given {
  majors?: string
  image?: string
  containers?: boolean
  unfinished?: string
  answers?: Record<string, ScriptedOutput>
}

/** A host with a PostgreSQL 16 and its databases shop and reports, on which no release of the app is. */
function hostOf({ majors = '16', containers = true, unfinished, answers = {} }: Given = {}): TestHost {
  const postgres = container('shop-postgres', { labels: { 'cutover.stamp': 'old' }, health: 'healthy' })
  const usual: Record<string, ScriptedOutput> = {
    'cd -- ': `${majors}\n`,
    "sh -c 'for name in": 'volume shop-postgres\n',
    '/volumes/': `{"Labels":{"cutover":"1"},"Mountpoint":"/volumes/x"}\n200`,
    '/networks/': '{"Labels":{"cutover.address":"172.19.128.2"}}\n200',
    'psql … -d template1': '["shop","postgres","template1","reports","shop_before_20260101t000000z"]\n',
    '-v database=shop -d template1': '5000\n',
    pg_isready: '/tmp:5432 - accepting connections\nshop\nboss\n900000000\n',
    ': psql …': '["public", "a", 3]\n',
    'docker image inspect': '',
    '': '',
  }
  const host = new TestHost(
    (command) => {
      const text = short(command)
      if (text.startsWith('in shop-postgres: psql … -d template1') && host.input.includes('sum(')) return '5000\n'
      const [, answer] =
        [...Object.entries(answers), ...Object.entries(usual)].find(([part]) => text.includes(part)) ?? []
      return answer
    },
    {
      containers: containers ? [postgres] : [],
      facts: [[imageFact('postgres:17') as never, { major: '17', data: undefined }]],
      files: {
        '/opt/shop/postgres/compose.yaml': '# Written by Cutover\n',
        ...(unfinished !== undefined && { '/opt/shop/postgres/upgrade': `${unfinished}\n` }),
      },
    },
  )
  return host
}

const ran = (host: TestHost): string[] => host.log.map(short)

async function upgraded(host: TestHost, check = false): Promise<{ names: string[]; said: string[] }> {
  const play = onScripted(host, { check })
  await upgradePostgres(play.on, { app, image: 'postgres:17', database: 'shop', user: 'boss' })
  return play
}

describe('there is nothing to upgrade', () => {
  it.each<[string, Given]>([
    ['for the same version', { majors: '17' }],
    ['for a lower one, which setup refuses', { majors: '18' }],
    ['for data of an unknown version', { majors: '' }],
    ['where no PostgreSQL runs', { containers: false }],
  ])('%s', async (_, given) => {
    const host = hostOf(given)
    expect(await upgraded(host)).toMatchObject({ names: ['no unfinished upgrade: ok'], said: [] })
    expect(ran(host).filter((command) => /^docker (run|stop|rm|volume)|^spawn/.test(command))).toEqual([])
  })
})

describe('an upgrade', () => {
  it('says in check mode what it would do, and takes no lock', async () => {
    const host = hostOf()
    const { names } = await upgraded(host, true)
    expect(names).toMatchInlineSnapshot(`
      [
        "image postgres:17: ok",
        "no unfinished upgrade: ok",
        "room for the new data: ok",
        "shop is away: ok",
        "data of PostgreSQL 16 into shop-postgres-17-20261127t070038z: do it",
        "PostgreSQL 17 takes over: do it",
        "shop is back: start it, and give it its route",
      ]
    `)
    expect(ran(host).filter((command) => command.startsWith('spawn'))).toEqual([])
  })

  it('dumps each database into a new server, and leaves what restores kept', async () => {
    const host = hostOf({ answers: { 'docker inspect --type container': '' } })
    await upgraded(host).catch(() => undefined)
    const log = ran(host).join('\n')
    expect(log).toContain(`docker volume create --label cutover=1 --label cutover.postgres=shop ${next}`)
    expect(log).toContain('--network none')
    for (const name of ['shop', 'postgres', 'reports'])
      expect(log).toContain(`in shop-postgres [${name}]: pg_dump -Fc -Z 0 -w`)
    expect(log).not.toContain('[shop_before_')
    expect(log).not.toContain('[template1]: pg_dump')
    expect(log).toContain("grep -vxF -e 'CREATE ROLE boss;' -e 'CREATE ROLE \"boss\";'")
  })

  it.each<[string, Record<string, ScriptedOutput>, string]>([
    [
      'other rows in the new one',
      { 'in shop-postgres-upgrade [shop]: psql …': '["public", "a", 2]\n' },
      'shop has other rows in the new PostgreSQL: public.a: 3 → 2',
    ],
    [
      'no restore',
      { 'cat /opt/shop/postgres/.upgrade.said': 'pg_restore: error: no such thing\n', pg_dumpall: { code: 1 } },
      'the roles cannot be moved: pg_restore: error: no such thing',
    ],
    [
      'no start',
      { 'in shop-postgres-upgrade: sh -ec': { code: 1, stdout: 'x - no response' }, 'docker logs': 'FATAL: no way' },
      'the new PostgreSQL did not start: FATAL: no way',
    ],
  ])('with %s is undone: the new volume is removed, and the old container was not touched', async (_, answers, why) => {
    const host = hostOf({ answers })
    await expect(upgraded(host)).rejects.toThrow(why)
    expect(ran(host)).toContain(`docker volume rm --force ${next} >/dev/null`)
    expect(ran(host).filter((command) => /docker (stop|rename|rm) .*id of shop-postgres/.test(command))).toEqual([])
    expect(host.lock.ended).toBe(true)
  })

  it('does not begin where there is no room', async () => {
    const host = hostOf({ answers: { pg_isready: '/tmp:5432 - accepting connections\nshop\nboss\n1000\n' } })
    await expect(upgraded(host)).rejects.toThrow('The new PostgreSQL needs about')
    expect(ran(host).join('\n')).not.toContain('docker volume create')
  })
})

describe('what an upgrade has left that was cut off', () => {
  it('is removed: its container, its volume and its note', async () => {
    const host = hostOf({ majors: '17', unfinished: 'shop-postgres-17-1' })
    await upgraded(host)
    expect(ran(host).slice(-4)).toEqual([
      'docker ps --all --quiet --filter label=cutover.upgrade=shop | xargs -r docker rm --force >/dev/null',
      'docker ps --all --quiet --filter volume=shop-postgres-17-1',
      'docker volume rm --force shop-postgres-17-1 >/dev/null',
      'rm -f /opt/shop/postgres/upgrade',
    ])
  })

  it.each<[string, Given]>([
    ['that a container has come to use', { unfinished: 'shop-postgres-17-1', answers: { 'filter volume=': 'abc\n' } }],
    ['of another name', { unfinished: 'somebody-elses' }],
  ])('stays, if it is a volume %s', async (_, given) => {
    const host = hostOf({ majors: '17', ...given })
    await upgraded(host)
    expect(ran(host).join('\n')).not.toContain('docker volume rm')
    expect(ran(host).at(-1)).toBe('rm -f /opt/shop/postgres/upgrade')
  })
})

describe('an upgrade of a server that others use', () => {
  const blog = { ...app, name: 'blog', shared: { server: 'shop', database: 'blog', user: 'blog' } }
  const users = (names: string): Record<string, ScriptedOutput> => ({ '/opt/*/postgres/server': names })

  it('puts all of them away, and back, while none of them is released', async () => {
    const host = hostOf({ answers: { 'docker inspect --type container': '', ...users('blog blog blog there\n') } })
    const play = onScripted(host, { check: true })
    await upgradePostgres(play.on, { app, users: [blog], image: 'postgres:17', database: 'shop', user: 'boss' })
    expect(play.names.filter((each) => /away|back/.test(each)).map((each) => each.split(':')[0])).toEqual([
      'shop is away',
      'blog is away',
      'shop is back',
      'blog is back',
    ])
    const locked: string[] = []
    host.host.spawn = (script) => {
      locked.push(/\/opt\/(\w+)\/lock(?!\.sh)/.exec(script)?.[1] ?? '')
      return Promise.resolve(fakeLock('locked'))
    }
    const real = onScripted(host).on
    const upgrading = upgradePostgres(real, {
      app,
      users: [blog],
      image: 'postgres:17',
      database: 'shop',
      user: 'boss',
    })
    await upgrading.catch(() => undefined)
    expect(locked).toEqual(['shop', 'blog'])
  })

  it('leaves one alone that setup is yet to make', async () => {
    const play = onScripted(hostOf({ answers: users('') }), { check: true })
    await upgradePostgres(play.on, { app, users: [blog], image: 'postgres:17', database: 'shop', user: 'boss' })
    expect(play.names.filter((each) => each.includes('blog'))).toEqual([])
  })

  it('does not begin while one that nobody would stop uses it; one that was purged does not', async () => {
    const host = hostOf({ answers: users('wiki wiki wiki there\n') })
    await expect(upgraded(host)).rejects.toThrow(
      'wiki uses the PostgreSQL of shop on scripted, and is not in the inventory',
    )
    const purged = hostOf({ answers: users('wiki wiki wiki \n') })
    expect((await upgraded(purged, true)).names).toContain('shop is away: ok')
  })
})
