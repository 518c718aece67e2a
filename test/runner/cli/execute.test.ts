import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { credentialsFor, secretsOf } from '../../../runner/cli/credentials.ts'
import { type Command, execute } from '../../../runner/cli/execute.ts'
import { parseOptions } from '../../../runner/cli/options.ts'
import {
  BarrierError,
  MissingError,
  CutoverError,
  explain,
  UnreachableError,
  UsageError,
} from '../../../runner/errors.ts'
import type { Severity } from '../../../runner/events.ts'
import { parseInventory } from '../../../runner/inventory/index.ts'
import type { OnHost } from '../../../runner/play/on-host.ts'
import { type Play, playbook } from '../../../runner/play/playbook.ts'
import { Masker } from '../../../runner/secret/index.ts'
import type { Task } from '../../../runner/task/task.ts'
import { plainLogins } from '../login/plain-logins.ts'
import { scriptConnections } from '../play/scripted-play.ts'
import { switchTask } from '../task/fake-runtime.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

type Work = (play: Play<unknown>) => Promise<void>
interface Given {
  argv?: readonly string[]
  text?: string
  limit?: readonly string[]
  unreachable?: Record<string, Error>
  keep?: boolean
}
interface Ended {
  status: unknown
  text: string
  /** What `--retry` would take. */
  left: string | undefined
}

const fails = (name: string, error: Error = new Error('broken')): Task =>
  switchTask(name, { check: () => Promise.reject(error) })
const holds = (name: string): Task => switchTask(name, { check: async () => null })
const onAll =
  (work: (on: OnHost<unknown>) => Promise<unknown>): Work =>
  (play) =>
    play.on(play.hosts(), async (on) => void (await work(on)))
const run = (...tasks: Task[]): Work => onAll((on) => on.run(...tasks))

const finds =
  (...severities: Severity[]): Work =>
  async (play) => {
    await onAll(async () => undefined)(play)
    for (const severity of severities) play.findings({ name: 'a' }, [{ severity, subject: 's', text: 't' }])
  }

/** What `runCli` does with a command line that is in order, without a login. */
async function executed(command: Command<z.ZodUnknown, Record<never, never>>): Promise<number> {
  const { inventory, limit, values } = command
  const aborter = new AbortController()
  const hosts = inventory.hosts.filter(({ name }) => limit.includes(name))
  const logins = plainLogins({
    signal: aborter.signal,
    credentials: await credentialsFor(inventory, hosts, values),
    hop: (name) => inventory.hop(name),
  })
  return execute(command, { logins, secret: secretsOf(inventory), aborter })
}

/** Runs a playbook on scripted hosts. `status` is the error if there is one. */
async function ended(work: Work, given: Given = {}): Promise<Ended> {
  scriptConnections(given.unreachable)
  const path = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'inventory.yaml')
  const book = playbook('test', { settings: z.unknown(), help: 'x', positionals: 'TAG' }, work)
  const masker = new Masker()
  let text = ''
  const command: Command<z.ZodUnknown, Record<never, never>> = {
    book,
    inventory: parseInventory(given.text ?? 'defaults: { ssh_config: false }\nhosts: { a: {} }\n', path, z.unknown()),
    ...parseOptions(book, ['-o', 'plain', ...(given.argv ?? [])]),
    limit: given.limit ?? ['a'],
    masker,
    sink: (more) => (text += masker.mask(more)),
    keepRetryFile: given.keep ?? true,
  }
  const status: unknown = await executed(command).catch((error: unknown) => error)
  const file = join(path, '../.cutover/test.retry')
  return { status, text, left: existsSync(file) ? readFileSync(file, 'utf8') : undefined }
}
const two = 'defaults: { ssh_config: false }\nhosts: { a: {}, b: {} }\n'
const both: Given = { text: two, limit: ['a', 'b'] }

describe('a run ends with', () => {
  it.each<[number, string, Work, Given]>([
    [0, 'all that holds', run(holds('t')), {}],
    [0, 'a change', run(switchTask('t')), {}],
    [0, 'a change and --exit-code without drift', run(holds('t')), { argv: ['--check', '--exit-code'] }],
    [0, 'a check without --exit-code', run(switchTask('t')), { argv: ['--check'] }],
    [4, 'a check that would change something', run(switchTask('t')), { argv: ['--check', '--exit-code'] }],
    [
      4,
      'a check of which some is unknown',
      run(switchTask('t'), fails('u', new MissingError('no user'))),
      { argv: ['--check', '--exit-code'] },
    ],
    [1, 'a task that fails', run(fails('t')), {}],
    [
      1,
      'a check that fails',
      run(switchTask('s'), fails('t', new TypeError('x'))),
      { argv: ['--check', '--exit-code'] },
    ],
    [3, 'a host that cannot be reached', run(holds('t')), { unreachable: { a: new UnreachableError('no answer') } }],
    [3, 'a host that is lost in a task', run(fails('t', new UnreachableError('gone'))), {}],
    [
      4,
      'a check that would change one of two hosts',
      onAll(({ host, run }) => run(host.name === 'b' ? switchTask('t') : holds('t'))),
      { ...both, argv: ['--check', '--exit-code'] },
    ],
    [1, 'a host that must not go on', onAll(() => Promise.reject(new BarrierError('x'))), {}],
    [1, 'a usage error on a host', onAll(() => Promise.reject(new UsageError('x'))), {}],
    [
      1,
      'a task that fails beside a host that cannot be reached',
      run(fails('t')),
      { ...both, unreachable: { b: new UnreachableError('no answer') } },
    ],
    [
      3,
      'a host that waited for one that cannot be reached',
      onAll((on) => on.run(on.barrier('gate'))),
      { ...both, unreachable: { b: new UnreachableError('no answer') } },
    ],
    [0, 'findings that matter little', finds('ok', 'note'), {}],
    [5, 'a finding that is a warning', finds('warning', 'ok'), {}],
    [1, 'a finding that is an error', finds('warning', 'error', 'note'), {}],
    [
      1,
      'a finding that is an error beside a host that cannot be reached',
      finds('error'),
      { ...both, unreachable: { b: new UnreachableError('no answer') } },
    ],
    [
      3,
      'a finding that is a warning beside a host that cannot be reached',
      finds('warning'),
      { ...both, unreachable: { b: new UnreachableError('no answer') } },
    ],
  ])('%i for %s', async (status, _, work, given) => expect((await ended(work, given)).status).toBe(status))

  it('an error of the playbook itself', async () => {
    const error = new Error('no way')
    expect((await ended(() => Promise.reject(error))).status).toBe(error)
  })

  it('an error for a tag that no task has, but not if a task failed', async () => {
    const argv = ['--tags', 'x']
    expect((await ended(run(holds('t')), { argv })).status).toMatchObject({ message: "no task has the tag 'x'" })
    expect(
      (
        await ended(
          onAll(() => Promise.reject(new Error('x'))),
          { argv },
        )
      ).status,
    ).toBe(1)
  })

  it('130 after an interruption, which is told once', async () => {
    const { status, text } = await ended(async (play) => {
      process.emit('SIGINT')
      expect(play.signal.reason).toMatchObject({ name: 'InterruptedError' })
      await play.on(play.hosts(), async () => undefined)
    })
    expect(status).toBe(130)
    expect(text.split('\n')[0]).toBe('interrupted: ending what runs and undoing it (once more to exit at once)')
  })

  it('no listener left behind', async () => {
    const counts = (): number[] =>
      ['SIGINT', 'SIGTERM', 'unhandledRejection'].map((event) => process.listenerCount(event))
    const before = counts()
    let during: number[] = []
    await ended(async () => void (during = counts()))
    expect(during).toEqual(before.map((count) => count + 1))
    expect(counts()).toEqual(before)
  })
})

describe('a playbook is called with', () => {
  it('what the command line says', async () => {
    let seen: unknown[] = []
    await ended(async (play) => void (seen = [play.check, play.positionals, play.hosts().map(({ name }) => name)]), {
      argv: ['--check', 'v1'],
      text: two,
      limit: ['b'],
    })
    expect(seen).toEqual([true, ['v1'], ['b']])
  })

  it('secrets, which are masked from then on', async () => {
    vi.stubEnv('TOKEN', 'hunter2-and-more')
    const { status, text } = await ended(async (play) => {
      const secret = play.secret({ env: 'TOKEN' }, 'token')
      expect([secret.reveal(), secret.label]).toEqual(['hunter2-and-more', 'token'])
      await run(switchTask('hunter2-and-more'))(play)
    })
    expect(status).toBe(0)
    expect(text).toContain('a  changed  ••••••: turn •••••• on')
    expect(text).not.toContain('hunter2')
  })
})

describe('the hosts that a run did not finish', () => {
  it.each<[string | undefined, string, Work, Given]>([
    ['a\n', 'are kept', run(fails('t')), {}],
    [undefined, 'are none if all ended well', run(holds('t')), {}],
    [undefined, 'are not kept by a check', run(fails('t')), { argv: ['--check'] }],
    [undefined, 'are not kept on a host', run(fails('t')), { keep: false }],
    [undefined, 'are not kept if none began', () => Promise.reject(new Error('x')), {}],
  ])('%j: they %s', async (left, _, work, given) => expect((await ended(work, given)).left).toBe(left))
})

describe('what was started without await', () => {
  const hint = 'Is an await missing, as in: await host.$`…`, await host.write(…)?'

  it('ends the run in order when it fails, with its own error', async () => {
    const inner = new Error('lost')
    const { status } = await ended(async (play) => {
      void Promise.reject(inner)
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(play.signal.aborted).toBe(true)
      void Promise.reject(new Error('another'))
      await new Promise((resolve) => setTimeout(resolve, 5))
    })
    expect(status).toBeInstanceOf(CutoverError)
    expect(explain(status)).toEqual(['something was started without await, and it failed', hint, 'lost'])
  })

  it('is found for a play, which has ended before', async () => {
    let done = false
    const { status } = await ended(async (play) => {
      void play.on(play.hosts(), async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        done = true
      })
    })
    expect([explain(status), done]).toEqual([
      ['play.on(…) was started without await', 'Is an await missing: await play.on(…)?'],
      true,
    ])
  })
})

describe('before the first connection', () => {
  it.each(['0', '1.5', 'x'])('--forks %s is refused', async (forks) => {
    expect((await ended(run(holds('t')), { argv: ['--forks', forks] })).status).toMatchObject({
      message: `--forks takes a whole number of 1 or more, not '${forks}'`,
    })
  })

  it('the secrets of the run’s hosts must be there, and no others', async () => {
    const text = 'hosts: { a: {}, b: { password: { env: NOT_THERE } } }\ndefaults: { ssh_config: false }\n'
    expect((await ended(run(holds('t')), { text })).status).toBe(0)
    const { status } = await ended(run(holds('t')), { text, limit: ['a', 'b'] })
    expect(status).toMatchObject({
      message: 'the secret password of b is missing: the environment has no NOT_THERE',
    })
  })

  it('the age files that variables of the run’s hosts refer to must be there', async () => {
    const text = 'hosts: { a: { vars: { key: { age: /nowhere/x.age, key: k } } } }\ndefaults: { ssh_config: false }\n'
    expect((await ended(run(holds('t')), { text })).status).toMatchObject({
      message: 'there is no file /nowhere/x.age',
    })
  })

  it('--step asks at a terminal only', async () => {
    vi.spyOn(process, 'stdin', 'get').mockReturnValue({ isTTY: false } as never)
    expect((await ended(run(holds('t')), { argv: ['--step'] })).status).toMatchObject({
      message: '--step asks before each task, and there is no terminal to ask at',
    })
    expect((await ended(run(holds('t')), { argv: ['-k'] })).status).toMatchObject({
      message: 'Login password: there is no terminal to ask at',
    })
    expect((await ended(run(holds('t')), { argv: ['-K'] })).status).toMatchObject({
      message: 'sudo password: there is no terminal to ask at',
    })
  })
})

it('reports are written as the command line says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
  const [report, log] = [join(folder, 'r.json'), join(folder, 'log')]
  const argv = ['--report', `json=${report}`, '--log', log, '-v', '-D', '--profile']
  expect((await ended(run(holds('t')), { argv: ['-o', 'json'] })).text).toContain('{"v":1,')
  const { text } = await ended(run(holds('t')), { argv })
  expect(readFileSync(report, 'utf8')).toContain('"diff":true')
  expect(readFileSync(log, 'utf8')).toContain('nothing to change')
  expect(text).toContain('a  ok       t')
  expect(text).toContain('Slowest tasks')
})
