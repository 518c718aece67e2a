import { describe, expect, it } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { databaseParameters } from '../../../tasks/app/database-parameters.ts'
import type { Parameters } from '../../../tasks/app/database-settings.ts'

interface Given {
  set?: Record<string, string>
  pending?: string[]
  fixed?: string[]
  record?: string
  answers?: Record<string, ScriptedOutput>
}

const inspected = (health: string): string =>
  JSON.stringify({
    Name: '/shop-postgres',
    RestartCount: 0,
    State: { Running: true, Status: 'running', Health: { Status: health } },
    Config: { Labels: { cutover: '1' } },
  })

/** A host whose PostgreSQL has these parameters by ALTER SYSTEM. */
function hostOf({ set = {}, pending = [], fixed = [], record, answers = {} }: Given): ScriptedHost {
  const found = JSON.stringify({ set, pending, fixed })
  const usual: Record<string, ScriptedOutput> = {
    'docker exec --interactive': found,
    'docker inspect': inspected('healthy'),
    "sh -c 'for name in": 'volume shop-postgres\n',
    '/volumes/': '{"Labels":null,"Mountpoint":"/volumes/x"}\n200',
    '': '',
  }
  return new ScriptedHost(
    (command) => [...Object.entries(answers), ...Object.entries(usual)].find(([part]) => command.includes(part))?.[1],
    { files: record === undefined ? {} : { '/opt/shop/postgres/parameters': record } },
  )
}

const summary = async (wanted: Parameters, given: Given): Promise<string | null> =>
  (await databaseParameters('shop', wanted).check(hostOf(given).host))?.summary ?? null

describe('parameters of PostgreSQL', () => {
  it('ask nothing where there are none', async () => {
    const host = hostOf({})
    expect(await databaseParameters('shop', {}).check(host.host)).toBeNull()
    expect(host.commands).toEqual([])
  })

  it.each<[string, Parameters, Given, string | null]>([
    ['new', { work_mem: '8MB' }, {}, 'work_mem default → 8MB'],
    ['as they are', { work_mem: '8MB' }, { set: { work_mem: '8MB' }, record: 'work_mem\n' }, null],
    ['another value', { work_mem: '9MB' }, { set: { work_mem: '8MB' }, record: 'work_mem\n' }, 'work_mem 8MB → 9MB'],
    ['no longer wanted', {}, { set: { work_mem: '8MB' }, record: 'work_mem\n' }, 'work_mem 8MB → default'],
    ['set by somebody else, and not ours', {}, { set: { work_mem: '8MB' } }, null],
    [
      'numbers, and true',
      { max_connections: 200, jit: false },
      { set: { max_connections: '200', jit: 'off' }, record: 'jit\nmax_connections\n' },
      null,
    ],
    [
      'a list',
      { shared_preload_libraries: ['a', 'b'] },
      { set: { shared_preload_libraries: '"a", b' }, record: 'shared_preload_libraries\n' },
      null,
    ],
    [
      'one that needs a restart',
      { max_connections: 200 },
      { fixed: ['max_connections'] },
      'max_connections default → 200, PostgreSQL restarts, and its connections end',
    ],
    [
      'one whose restart was cut off',
      { max_connections: 200 },
      { set: { max_connections: '200' }, pending: ['max_connections'], record: 'max_connections\n' },
      'PostgreSQL restarts, and its connections end',
    ],
    ['set by hand, and wanted now', { jit: true }, { set: { jit: 'on' } }, 'note which are ours'],
    ['in capitals', { TimeZone: 'UTC' }, { set: { TimeZone: 'UTC' }, record: 'TimeZone\n' }, null],
  ])('%s', async (_, wanted, given, expected) => {
    expect((await summary(wanted, given))?.replace(/^, /, '') ?? null).toBe(expected)
  })

  it('are read again without a restart where none is needed', async () => {
    const host = hostOf({ record: 'jit\n', set: { jit: 'off' } })
    const made = databaseParameters('shop', { work_mem: '8MB' })
    const change = await made.check(host.host)
    await made.apply(host.host, change as never)
    expect(host.commands.join('\n')).not.toContain('docker restart')
    expect(host.files.get('/opt/shop/postgres/parameters')?.content).toBe('work_mem\n')
  })

  it('restart PostgreSQL where one of ours waits for that', async () => {
    let isHealthy = false
    setTimeout(() => (isHealthy = true), 100)
    const answers = {
      get 'docker inspect'() {
        return inspected(isHealthy ? 'healthy' : 'starting')
      },
    }
    const host = hostOf({ pending: ['max_connections'], answers })
    const made = databaseParameters('shop', { max_connections: 200 })
    await made.apply(host.host, (await made.check(host.host)) as never)
    expect(host.commands.filter((command) => command.includes('restart'))).toEqual([
      'docker restart --time 60 shop-postgres >/dev/null',
    ])
    // Docker's check was waited for.
    expect(isHealthy).toBe(true)
  })

  it('come back as they were, in the volume itself, where PostgreSQL does not start with them', async () => {
    const host = hostOf({
      answers: {
        'docker exec --interactive': { code: 3, stderr: 'ERROR: it does not start' },
        'find /volumes/x': '/volumes/x/postgresql.auto.conf.cutover\n',
      },
    })
    const made = databaseParameters('shop', { shared_buffers: '1TB' })
    await expect((async () => made.undo?.(host.host, { summary: '' }))()).rejects.toThrow(
      'psql in the container shop-postgres',
    )
    expect(host.commands.filter((command) => /find|restart/.test(command))).toEqual([
      "find /volumes/x -maxdepth 4 -name postgresql.auto.conf.cutover -print -execdir mv -f {} postgresql.auto.conf ';'",
      'docker restart --time 60 shop-postgres >/dev/null',
    ])
  })
})
