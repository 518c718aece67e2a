import { describe, expect, it } from 'vitest'
import { Facts } from '../../../runner/host/fact.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { type Data, imageFact, mountOf, sameMajor } from '../../../tasks/app/database-data.ts'
import type { Container } from '../../../tasks/docker/inspect.ts'

const factOf = (
  reference: string,
  env: readonly string[] | null = [],
): ReturnType<ReturnType<typeof imageFact>['parse']> => imageFact(reference).parse(`${JSON.stringify(env)}\n`)

describe('an image of PostgreSQL', () => {
  it.each([
    ['postgres:17', '17'],
    ['postgres:17.2-alpine', '17'],
    ['postgres:v16', '16'],
    ['postgres:9.6.24', '9.6'],
    ['registry.example.org:5000/library/postgres:18-bookworm', '18'],
    ['postgis/postgis:16-3.4', '16'],
    ['bitnami/postgresql:15.1', '15'],
    ['pgvector/pgvector:pg17', '17'],
    ['pgvector/pgvector:0.8.0-pg16', '16'],
    ['timescale/timescaledb:2.1_pg15', '15'],
    [`postgres:17@sha256:${'0'.repeat(64)}`, '17'],
    ['timescale/timescaledb:2.17', null],
    ['postgres:latest', null],
    ['postgres', null],
    ['mypostgres:17', null],
    ['postgres-ha:17', null],
    ['x/y:xpg17', null],
  ])('%s is of the major version %s by its tag', (reference, major) => {
    expect(imageFact(reference).parse('')).toEqual({ major, data: undefined })
    expect(factOf(reference, null)).toEqual({ major, data: undefined })
  })

  it('is what it says itself', () => {
    expect(factOf('postgres:17', ['PATH=/bin', 'XPG_MAJOR=3', 'PG_MAJOR=16', 'PGDATA=/data=1'])).toEqual({
      major: '16',
      data: '/data=1',
    })
  })

  it('is read once, whoever asks for it, and another image on its own', async () => {
    const facts = new Facts()
    const host = new ScriptedHost(() => '[]')
    const get = (reference: string): Promise<unknown> => {
      const fact = imageFact(reference)
      return facts.get(fact, async () => (await host.host.quiet`${fact.command}`).stdout)
    }
    for (const reference of ['postgres:17', 'postgres:16', 'postgres:17', 'postgres:16']) await get(reference)
    expect(host.commands).toHaveLength(2)
  })

  it('is asked for by this command', () => {
    expect(imageFact('postgres:17')).toMatchObject({
      name: 'PostgreSQL of postgres:17',
      command: [
        'sh',
        '-c',
        'docker image inspect -f "{{json .Config.Env}}" "$1" 2>/dev/null || true',
        'sh',
        'postgres:17',
      ],
    })
  })

  it.each([
    ['17', undefined, '/var/lib/postgresql/data'],
    ['18', undefined, '/var/lib/postgresql'],
    [null, undefined, '/var/lib/postgresql/data'],
    ['17', '/var/lib/postgresql/data', '/var/lib/postgresql/data'],
    ['17', '/var/lib/postgresql/data/pgdata', '/var/lib/postgresql/data'],
    ['18', '/var/lib/postgresql/18/docker', '/var/lib/postgresql'],
    ['9.6', '/var/lib/postgresql/9.6/main', '/var/lib/postgresql'],
    ['17', '/bitnami/postgresql', '/bitnami/postgresql'],
    ['17', '/x/var/lib/postgresql/18/docker', '/x/var/lib/postgresql/18/docker'],
  ])('%s with data in %s has its volume in %s', (major, data, expected) => {
    expect(mountOf({ major, data })).toBe(expected)
  })
})

/** What comes of an image, over a volume with these major versions. null: it cannot be read; undefined: there is none. */
async function verdict(
  image: string,
  majors: string | null | undefined,
  running?: { Running: boolean; Health?: { Status: string } },
): Promise<{ notes: string[]; read: string | undefined }> {
  const host = new ScriptedHost((command) => {
    if (command.includes('docker image inspect')) return ''
    if (command.startsWith('cd -- ')) return majors === null ? { code: 1, stdout: '17\n' } : `${majors}\n`
    return majors === undefined ? '404' : '{"Labels":null,"Mountpoint":"/volumes/a b/_data"}\n200'
  })
  const notes: string[] = []
  const data: Data = {
    app: 'shop',
    container: 'shop-postgres',
    volume: 'shop-volume',
    image,
    database: 'db',
    user: 'me',
    tell: (note) => void notes.push(note),
  }
  await sameMajor(host.host, data, running && ({ State: running } as Container))
  return { notes, read: host.commands.find((command) => command.startsWith('cd -- ')) }
}

describe('an image over an app’s data', () => {
  it.each([
    ['a fresh volume', 'postgres:17', ''],
    ['a volume that is missing', 'postgres:17', undefined],
    ['the same major version', 'postgres:17', '17'],
    ['the newest of several', 'postgres:17', '17\n9.6\n16'],
  ])('may run: %s', async (_, image, majors) => {
    expect((await verdict(image, majors)).notes).toEqual([])
  })

  it('looks at the version files where the volume lies', async () => {
    expect((await verdict('postgres:17', '17')).read).toMatchInlineSnapshot(
      `"cd -- '/volumes/a b/_data' && for file in PG_VERSION */PG_VERSION */docker/PG_VERSION; do [ ! -s "$file" ] || cat -- "$file"; done"`,
    )
  })

  it.each([
    [
      'the volume cannot be read',
      'postgres:17',
      null,
      "shop-postgres: whether postgres:17 can read the data (PostgreSQL of an unknown version) is not known; if it can't, what runs now comes back",
    ],
    [
      'the image does not tell',
      'x/timescale',
      '16',
      "shop-postgres: whether x/timescale can read the data (PostgreSQL 16) is not known; if it can't, what runs now comes back",
    ],
  ])('may run, with a note: %s', async (_, image, majors, note) => {
    expect((await verdict(image, majors)).notes).toEqual([note])
  })

  it('of another major version is refused, with the steps', async () => {
    await expect(verdict('postgres:18', '17')).rejects.toMatchObject({
      name: 'UnsafeError',
      message: "shop's data is PostgreSQL 17's, and postgres:18 is PostgreSQL 18, which can't read it",
    })
    const error = await verdict('postgres:18', '17').catch((reason: unknown) => reason)
    expect((error as { hint: string }).hint).toMatchInlineSnapshot(`
      "Nothing was changed. Stay with PostgreSQL 17: vars: { postgres: { image: … } } in the inventory names it.
      Or let setup move the data by dump and restore. shop is away meanwhile, and the old volume is kept:
        npx tsx playbooks/setup.ts --extra-vars postgres.upgrade=true"
    `)
  })

  it('of a lower major version is refused, and there is no way back but a backup', async () => {
    const error = await verdict('postgres:16', '17').catch((reason: unknown) => reason)
    expect((error as { hint: string }).hint).toContain('no way back from 17 to 16, but a backup of before')
    expect((error as { hint: string }).hint).not.toContain('postgres.upgrade')
  })

  it('is refused while a database runs whose data is elsewhere', async () => {
    const healthy = { Running: true, Health: { Status: 'healthy' } }
    await expect(verdict('postgres:17', '', healthy)).rejects.toMatchObject({
      name: 'UnsafeError',
      message: 'shop-postgres runs, and its data is not in the volume shop-volume: a new container would not have it',
      hint: "Nothing was changed. See where it is: docker inspect -f '{{json .Mounts}}' shop-postgres\nDump it (docker exec shop-postgres pg_dump -U me db) before you remove the container.",
    })
    for (const state of [
      { ...healthy, Running: false },
      { Running: true },
      { Running: true, Health: { Status: 'starting' } },
    ])
      expect((await verdict('postgres:17', '', state)).notes).toEqual([])
  })
})
