import { setMaxListeners } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Become } from '../../../runner/connection/connection.ts'
import type { OpensshOptions } from '../../../runner/connection/openssh/options.ts'
import type { SshOptions } from '../../../runner/connection/ssh/ssh.ts'
import type { SshTarget } from '../../../runner/connection/target.ts'
import { InterruptedError, UnreachableError } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import type { LoginSettings } from '../../../runner/login/logins.ts'
import { plainLogins } from '../login/plain-logins.ts'
import { ConnectionPool } from '../../../runner/host/connection-pool.ts'
import type { InventoryHost, Reachable } from '../../../runner/inventory/index.ts'
import { Secret } from '../../../runner/secret/secret.ts'
import { settle } from '../connection/fake-channel.ts'
import { targetOf } from '../connection/keys.ts'

/** A session whose shell opens at once, unless a test says otherwise. */
class FakeSession {
  closed = 0
  lost = (): UnreachableError | undefined => undefined
  readonly name: string
  readonly connection: unknown
  readonly become: Become
  constructor(name: string, connection: unknown, become: Become) {
    this.name = name
    this.connection = connection
    this.become = become
    sessions.push(this)
  }
  open = (): Promise<void> => opens(this)
  close = async (): Promise<void> => void this.closed++
}

const shells = vi.hoisted(() => ({ Session: vi.fn() }))
const made = vi.hoisted(() => ({
  localConnection: vi.fn(),
  dockerConnection: vi.fn(),
  opensshConnection: vi.fn(),
  sshConnection: vi.fn(),
}))
vi.mock('../../../runner/connection/index.ts', async (original) => ({
  ...(await original<object>()),
  ...made,
  ...shells,
}))
const shell = vi.hoisted(() => ({ loadShell: vi.fn() }))
vi.mock('../../../runner/host/shell.ts', async (original) => ({ ...(await original<object>()), ...shell }))

/** A connection to a jump host. */
interface FakeHop {
  forward: ReturnType<typeof vi.fn>
  gone: () => boolean
  close: ReturnType<typeof vi.fn>
}

let sessions: FakeSession[]
let opens: (session: FakeSession) => Promise<void>
beforeEach(() => {
  sessions = []
  opens = async () => undefined
  for (const [name, mock] of Object.entries(made)) mock.mockReset().mockImplementation(() => `a ${name}`)
  shells.Session.mockReset().mockImplementation(FakeSession as never)
  shell.loadShell.mockReset()
})
// The shell is loaded a moment after a connection has begun.
afterEach(settle)

type Entry = Partial<Omit<InventoryHost, 'target'>> & { target?: Partial<SshTarget> }
const entryOf = (name: string, { target, ...more }: Entry = {}): InventoryHost => ({
  name,
  connection: 'ssh',
  become: 'none',
  becomeUser: undefined,
  secrets: {},
  vars: {},
  origins: () => [],
  target: targetOf({ name, alias: name, ...target }),
  ...more,
})

function poolOf(more: Partial<LoginSettings> = {}): {
  pool: ConnectionPool
  events: Event[]
  abort: AbortController
} {
  const [events, abort] = [[] as Event[], new AbortController()]
  setMaxListeners(0, abort.signal)
  const pool = new ConnectionPool(
    {
      signal: abort.signal,
      logins: plainLogins({
        signal: abort.signal,
        hop: (text) => entryOf(text, { target: { address: `at ${text}` } }),
        ...more,
      }),
      mask: (text) => text,
    },
    (event) => void events.push(event),
  )
  return { pool, events, abort }
}

const newHop = (): FakeHop => ({
  forward: vi.fn(async () => new PassThrough()),
  gone: () => false,
  close: vi.fn(async () => undefined),
})
/** What ssh connections were asked for: their targets, and their options. */
const asked = (): { target: SshTarget; options: SshOptions }[] =>
  made.sshConnection.mock.calls.map(([target, options]) => ({
    target: target as SshTarget,
    options: options as SshOptions,
  }))
const names = (): string[] => asked().map(({ target }) => target.name)

describe('the connection to a host', () => {
  it('is made once, and told with the time that it took', async () => {
    const { pool, events } = poolOf()
    vi.spyOn(performance, 'now').mockReturnValueOnce(100).mockReturnValueOnce(350)
    const [one, two] = await Promise.all([pool.to(entryOf('web')), pool.to(entryOf('web'))])
    expect(one).toBe(two)
    expect([one.name, sessions.length]).toEqual(['web', 1])
    expect(events).toEqual([{ type: 'host-connected', host: 'web', ms: 250 }])
    await pool.to(entryOf('db'))
    expect(sessions.map(({ name }) => name)).toEqual(['web', 'db'])
  })

  it('is waited for while the shell is loaded', async () => {
    const { pool } = poolOf()
    opens = () => new Promise(() => undefined)
    void pool.to(entryOf('web'))
    expect(shell.loadShell).not.toHaveBeenCalled()
    await settle()
    expect([sessions.length, shell.loadShell.mock.calls.length]).toEqual([1, 1])
  })

  it('that is made by ssh2 has what the run knows', async () => {
    const credentials = { password: new Secret('x', 'password') }
    const { pool } = poolOf({ acceptNewHostKeys: true, credentials: async () => credentials })
    const entry = entryOf('web')
    await pool.to(entry)
    expect(made.sshConnection.mock.calls).toEqual([
      [
        entry.target,
        {
          acceptNewHostKeys: true,
          credentials,
          through: undefined,
          signal: expect.any(AbortSignal) as unknown,
          patience: undefined,
        },
      ],
    ])
    expect(sessions[0]!.connection).toBe('a sshConnection')
  })

  it('that is made again is tried once', async () => {
    const { pool } = poolOf()
    const connection = await pool.to(entryOf('web'))
    await connection.host({}).withNewConnection(async () => undefined)
    expect(asked().map(({ options }) => options.patience)).toEqual([undefined, 1])
    expect(sessions.map(({ closed }) => closed)).toEqual([0, 1])
  })

  it('may be to this machine', async () => {
    await poolOf({ localRoot: '/host' }).pool.to(entryOf('here', { connection: 'local' }))
    expect(made.localConnection).toHaveBeenCalledExactlyOnceWith('/host')
    expect(sessions[0]!.connection).toBe('a localConnection')
  })

  it('may be into a container, whatever it needs for ssh', async () => {
    const target = { address: 'shop', needsOpenssh: 'a key on a token' }
    const { pool, events } = poolOf()
    await pool.to(entryOf('box', { connection: 'docker', target }))
    expect(made.dockerConnection).toHaveBeenCalledExactlyOnceWith('shop')
    expect(sessions[0]!.connection).toBe('a dockerConnection')
    expect(events.map(({ type }) => type)).toEqual(['host-connected'])
  })
})

describe('a shell on a host', () => {
  const become = new Secret('hunter2', 'become_password')

  it.each<[string, Partial<InventoryHost>, Secret | undefined, Become]>([
    ['as the user of the login', { become: 'none' }, become, { method: 'none' }],
    ['by sudo', { become: 'sudo' }, undefined, { method: 'sudo', user: undefined }],
    ['by sudo as another user', { become: 'sudo', becomeUser: 'app' }, undefined, { method: 'sudo', user: 'app' }],
  ])('is opened %s', async (_, entry, secret, expected) => {
    const { pool } = poolOf({ credentials: async () => ({ become: secret }) })
    await pool.to(entryOf('web', entry))
    expect(sessions[0]!.become).toStrictEqual(expected)
  })

  it('is opened by sudo with a password', async () => {
    const { pool } = poolOf({ credentials: async () => ({ become }) })
    await pool.to(entryOf('web', { become: 'sudo' }))
    const { password, ...others } = sessions[0]!.become as Become & { method: 'sudo' }
    expect([others, password?.()]).toEqual([{ method: 'sudo', user: undefined }, 'hunter2'])
  })

  it('that does not open is closed, and its error goes on', async () => {
    const error = new UnreachableError('no shell')
    opens = () => Promise.reject(error)
    await expect(poolOf().pool.to(entryOf('web'))).rejects.toBe(error)
    expect(sessions[0]!.closed).toBe(1)
  })

  it('is closed while it opens, if the run is interrupted', async () => {
    const { pool, abort, events } = poolOf()
    let fail: (error: Error) => void = () => undefined
    opens = () => new Promise((_, reject) => (fail = reject))
    const coming = pool.to(entryOf('web'))
    coming.catch(() => undefined)
    await settle()
    abort.abort()
    expect(sessions[0]!.closed).toBe(1)
    fail(new UnreachableError('closed'))
    await expect(coming).rejects.toBeInstanceOf(InterruptedError)
    expect(events).toEqual([])
  })

  it('is left alone once it is open', async () => {
    const { pool, abort } = poolOf()
    await pool.to(entryOf('web'))
    abort.abort()
    expect(sessions[0]!.closed).toBe(0)
  })

  it('is not opened after the run was interrupted', async () => {
    const { pool, abort } = poolOf()
    abort.abort()
    await expect(pool.to(entryOf('web'))).rejects.toBeInstanceOf(InterruptedError)
    expect([sessions, made.sshConnection.mock.calls]).toEqual([[], []])
  })
})

describe('the ssh program', () => {
  const options = (): OpensshOptions => made.opensshConnection.mock.lastCall?.[1] as OpensshOptions

  it('connects where the inventory says so', async () => {
    const { pool, events } = poolOf({ acceptNewHostKeys: true })
    const entry = entryOf('web', { connection: 'openssh', target: { jump: 'none', needsOpenssh: 'x' } })
    await pool.to(entry)
    expect(made.opensshConnection.mock.lastCall?.[0]).toBe(entry.target)
    expect(options().acceptNewHostKeys).toBe(true)
    expect(sessions[0]!.connection).toBe('a opensshConnection')
    expect(events.map(({ type }) => type)).toEqual(['host-connected'])
  })

  it('goes through the hosts on the way, each as it is told to ssh', async () => {
    const gate = entryOf('gate', { target: { alias: 'gate.example', user: 'pat', port: 23 } })
    const hops: Record<string, Reachable> = {
      gate: { ...gate, listed: true },
      door: entryOf('door', { target: { jump: ['gate'] } }),
    }
    const { pool } = poolOf({ hop: (text) => hops[text]! })
    const entry = entryOf('web', { connection: 'openssh', target: { jump: ['door'] } })
    await pool.to(entry)
    expect(made.opensshConnection.mock.lastCall?.[0]).toEqual({ ...entry.target, jump: ['gate', 'door'] })
    expect(['gate', 'door'].map(options().jump)).toEqual(['pat@gate.example:23', 'door'])
  })

  it('connects where ssh2 cannot, which is told once for each host', async () => {
    const { pool, events } = poolOf({
      hop: () => entryOf('door', { target: { needsOpenssh: 'a certificate' } }),
    })
    const web = await pool.to(entryOf('web', { target: { needsOpenssh: 'a key on a token' } }))
    await web.host({}).withNewConnection(async () => undefined)
    await pool.to(entryOf('db', { target: { jump: ['door'] } }))
    expect([made.opensshConnection.mock.calls.length, made.sshConnection.mock.calls.length]).toEqual([3, 0])
    expect(events.filter(({ type }) => type === 'note')).toEqual([
      { type: 'note', host: 'web', text: 'reached by the ssh program (connection: openssh): a key on a token' },
      { type: 'note', host: 'db', text: 'reached by the ssh program (connection: openssh): a certificate, of door' },
    ])
  })
})

describe('a host behind others', () => {
  /** The hops that are made, in order; the connections to hosts themselves are none of them. */
  let hops: FakeHop[]
  beforeEach(() => {
    hops = []
    made.sshConnection.mockImplementation(async (target: SshTarget, { through }: SshOptions) => {
      await through?.()
      if (!['gate', 'door'].includes(target.name)) return 'a connection'
      const hop = newHop()
      hops.push(hop)
      return hop
    })
  })
  const behind = (...jump: string[]): Entry => ({ target: { jump, timeout: 1234 } })

  it('is reached through a connection that all share', async () => {
    const { pool } = poolOf()
    await Promise.all([pool.to(entryOf('web', behind('door'))), pool.to(entryOf('db', behind('door')))])
    expect(names()).toEqual(['web', 'db', 'door'])
    expect(asked()[2]!.options).toMatchObject({ through: undefined, patience: undefined })
    expect(hops[0]!.forward.mock.calls).toEqual([
      ['192.0.2.1', 22, { timeout: 1234, signal: expect.any(AbortSignal) as unknown }],
      ['192.0.2.1', 22, { timeout: 1234, signal: expect.any(AbortSignal) as unknown }],
    ])
    const stream = new PassThrough()
    hops[0]!.forward.mockResolvedValue(stream)
    expect(await asked()[0]!.options.through!()).toBe(stream)
  })

  it('is reached through one after the other', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web', behind('gate', 'door')))
    expect(names()).toEqual(['web', 'door', 'gate'])
    expect(hops.map(({ forward }) => forward.mock.calls.map(([address]) => address as string))).toEqual([
      ['at door'],
      ['192.0.2.1'],
    ])
    await pool.to(entryOf('db', behind('door')))
    expect(names()).toEqual(['web', 'door', 'gate', 'db', 'door'])
  })

  it('is reached through one new connection, if two find the first one gone', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web', behind('door')))
    hops[0]!.gone = () => true
    const broken = settle().then(() => {
      throw new Error('not connected')
    })
    broken.catch(() => undefined)
    hops[0]!.forward.mockReturnValue(broken)
    await Promise.all([pool.to(entryOf('db', behind('door'))), pool.to(entryOf('mail', behind('door')))])
    expect(names()).toEqual(['web', 'door', 'db', 'mail', 'door'])
    await pool.close()
    expect(hops.map(({ close }) => close.mock.calls.length)).toEqual([0, 1])
  })

  it('is reached through another connection, if the first one is gone', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web', behind('gate', 'door')))
    hops[1]!.gone = () => true
    hops[1]!.forward.mockRejectedValue(new Error('not connected'))
    await pool.to(entryOf('db', behind('gate', 'door')))
    expect(names()).toEqual(['web', 'door', 'gate', 'db', 'door'])
    expect(hops[2]!.forward).toHaveBeenCalledTimes(1)
    await pool.to(entryOf('mail', behind('gate', 'door')))
    expect(hops.map(({ forward }) => forward.mock.calls.length)).toEqual([2, 2, 2])
  })

  it('that the last of them cannot reach is unreachable', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web', behind('gate', 'door')))
    const cause = new Error('refused')
    hops[1]!.forward.mockRejectedValue(cause)
    const error = await pool.to(entryOf('db', behind('gate', 'door'))).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnreachableError)
    expect(error).toMatchObject({ message: 'db: no way through gate,door', cause })
    expect(hops).toHaveLength(2)
  })

  it('is not unreachable, but interrupted, where the run is', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web', behind('door')))
    const interrupted = new InterruptedError()
    hops[0]!.forward.mockRejectedValue(interrupted)
    await expect(pool.to(entryOf('db', behind('door')))).rejects.toBe(interrupted)
  })

  it('is tried again through a host that did not answer before', async () => {
    const { pool } = poolOf()
    const answer = made.sshConnection.getMockImplementation()!
    const cause = new UnreachableError('door does not answer')
    let down = true
    made.sshConnection.mockImplementation(async (target: SshTarget, options: SshOptions) => {
      if (down && target.name === 'door') throw cause
      return answer(target, options) as unknown
    })
    await expect(pool.to(entryOf('web', behind('door')))).rejects.toMatchObject({
      message: 'web: no way through door',
      cause,
    })
    down = false
    expect((await pool.to(entryOf('db', behind('door')))).name).toBe('db')
  })

  it('leaves no connection open', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web', behind('gate')))
    await pool.to(entryOf('db', behind('door')))
    hops[0]!.close.mockRejectedValue(new Error('reset'))
    await pool.close()
    expect(hops.map(({ close }) => close.mock.calls.length)).toEqual([1, 1])
  })

  it('is no reason not to close the rest, if its way fails', async () => {
    const { pool } = poolOf()
    made.sshConnection.mockImplementation((_: SshTarget, { through }: SshOptions) =>
      through ? through() : Promise.reject(new Error('refused')),
    )
    const failed = pool.to(entryOf('web', behind('door')))
    failed.catch(() => undefined)
    await expect(pool.close()).resolves.toBeUndefined()
  })
})

describe('logins to one address', () => {
  it('are ten at once', async () => {
    const { pool } = poolOf()
    const done: (() => void)[] = []
    made.sshConnection.mockImplementation(() => new Promise<void>((resolve) => done.push(resolve)))
    const coming = Array.from({ length: 12 }, (_, index) => pool.to(entryOf(`host-${index}`)))
    await settle()
    expect(done).toHaveLength(10)
    void pool.to(entryOf('other', { target: { port: 23 } }))
    void pool.to(entryOf('another', { target: { address: '192.0.2.2' } }))
    await settle()
    expect(done).toHaveLength(12)
    done[0]!()
    await settle()
    expect(done).toHaveLength(13)
    for (const resolve of done) resolve()
    await settle()
    done[13]!()
    expect(await Promise.all(coming)).toHaveLength(12)
  })
})

describe('the connection to a host is closed', () => {
  it('when the host is dropped, and made again when it is needed', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web'))
    await pool.to(entryOf('db'))
    await pool.drop('web')
    expect(sessions.map(({ closed }) => closed)).toEqual([1, 0])
    await pool.to(entryOf('web'))
    expect(sessions.map(({ name }) => name)).toEqual(['web', 'db', 'web'])
  })

  it('when the tasks that others delegated to it have ended', async () => {
    const { pool } = poolOf()
    const connection = await pool.to(entryOf('web'))
    let finish: () => void = () => undefined
    void connection.mutex.run(() => new Promise<void>((resolve) => (finish = resolve)))
    const dropped = pool.drop('web')
    await settle()
    expect(sessions[0]!.closed).toBe(0)
    finish()
    await dropped
    expect(sessions[0]!.closed).toBe(1)
  })

  it('if it was ever made', async () => {
    const { pool } = poolOf()
    await expect(pool.drop('web')).resolves.toBeUndefined()
    opens = () => Promise.reject(new Error('no shell'))
    await expect(pool.to(entryOf('web'))).rejects.toMatchObject({ message: 'no shell' })
    await expect(pool.drop('web')).resolves.toBeUndefined()
    opens = async () => undefined
    expect((await pool.to(entryOf('web'))).name).toBe('web')
  })

  it('with all others at the end, whichever failed', async () => {
    const { pool } = poolOf()
    await pool.to(entryOf('web'))
    await pool.to(entryOf('db'))
    opens = () => Promise.reject(new Error('no shell'))
    const failed = pool.to(entryOf('mail'))
    failed.catch(() => undefined)
    await pool.close()
    expect(sessions.map(({ name, closed }) => `${name} ${closed}`)).toEqual(['web 1', 'db 1', 'mail 1'])
  })
})
