import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { BusyError } from '../../../../runner/connection/ssh/ssh-error.ts'
import { login } from '../../../../runner/connection/ssh/ssh-login.ts'
import type { LoginOptions, SshTarget } from '../../../../runner/connection/target.ts'
import { InterruptedError } from '../../../../runner/errors.ts'
import { Secret } from '../../../../runner/secret/secret.ts'
import { settle } from '../fake-channel.ts'
import { blobOf, lockedKey, newFolder, targetOf } from '../keys.ts'
import { FakeClient } from './fake-client.ts'

// In a worker thread the real one does not see a variable that a test sets.
const home = vi.hoisted(() => ({ folder: '' }))
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => home.folder }))
const ssh2 = vi.hoisted(() => ({ newClient: vi.fn() }))
vi.mock('../../../../runner/connection/ssh/ssh2.ts', async (original) => ({ ...(await original<object>()), ...ssh2 }))
const agent = vi.hoisted(() => ({ agentKeys: vi.fn() }))
vi.mock('../../../../runner/connection/ssh/agent.ts', () => agent)

beforeEach(() => {
  home.folder = newFolder()
  agent.agentKeys.mockReset().mockResolvedValue([])
})

interface Login {
  coming: ReturnType<typeof login>
  client: FakeClient
  socket: PassThrough
}

/** A login under way. */
function loggingIn(more: Partial<SshTarget> = {}, options: Partial<LoginOptions> = {}): Login {
  const [client, socket] = [new FakeClient(), new PassThrough()]
  ssh2.newClient.mockReturnValue(client)
  const coming = login(socket, targetOf(more), { acceptNewHostKeys: false, ...options })
  coming.catch(() => undefined)
  return { coming, client, socket }
}

/** What is tried next, as ssh2 asks for it: an answer that comes at once, or one that comes later. */
async function tried(
  { config }: FakeClient,
  methods: string[] | null,
  partial: boolean | null,
): Promise<{ now?: unknown; later?: unknown }> {
  const handler = config.authHandler as unknown as (...args: unknown[]) => { type: string } | false | undefined
  const answers: ({ type: string } | false)[] = []
  const now = handler(methods, partial, (next: { type: string } | false) => answers.push(next))
  await settle()
  const [later] = answers
  return now === undefined ? { later: later && later.type } : { now: now && now.type }
}

const shows = ({ config }: FakeClient, key: Buffer): boolean => (config.hostVerifier as (key: Buffer) => boolean)(key)

describe('a login tells ssh2', () => {
  it('what the target says', () => {
    const { client, socket } = loggingIn()
    expect(client.config).toEqual({
      sock: socket,
      username: 'deploy',
      readyTimeout: 10_000,
      keepaliveInterval: 3000,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: expect.arrayContaining(['ssh-ed25519', 'rsa-sha2-512']) as string[] },
      hostVerifier: expect.any(Function) as unknown,
      authHandler: expect.any(Function) as unknown,
    })
  })

  it.each<[Partial<SshTarget>, object]>([
    [
      { agent: '/agent', forwardAgent: true },
      { agent: '/agent', agentForward: true },
    ],
    [{ agent: '/agent' }, {}],
    [{ forwardAgent: true }, {}],
  ])('whether the agent of %j is forwarded', (target, expected) => {
    const { agent: socket, agentForward } = loggingIn(target).client.config
    expect({ agent: socket, agentForward }).toEqual(expected)
  })

  it('to ask for a host key that is known first', () => {
    const file = join(newFolder(), 'known_hosts')
    writeFileSync(file, `192.0.2.1 ssh-rsa ${blobOf('ssh-rsa').toString('base64')}\n`)
    const { client } = loggingIn({ knownHosts: [file] })
    const order = client.config.algorithms?.serverHostKey as string[]
    expect(order.slice(0, 4)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519'])
    expect(shows(client, blobOf('ssh-rsa'))).toBe(true)
  })
})

describe('a login', () => {
  const password = new Secret('x', 'password')

  it('tries one way after the other, as the server asks for them', async () => {
    const { client } = loggingIn({}, { credentials: { password } })
    expect(await tried(client, null, null)).toEqual({ later: 'password' })
    expect(await tried(client, ['keyboard-interactive'], false)).toEqual({ now: 'keyboard-interactive' })
    expect(await tried(client, ['keyboard-interactive'], false)).toEqual({ now: false })
  })

  it('goes on after a way that was accepted and is not enough', async () => {
    const { client, coming } = loggingIn({}, { credentials: { password } })
    await tried(client, null, null)
    expect(await tried(client, ['publickey'], true)).toEqual({ now: false })
    client.emit('error', Object.assign(new Error('no more'), { level: 'client-authentication' }))
    await expect(coming).rejects.toMatchObject({
      message: 'web-1: deploy@192.0.2.1:22 took the password, and wants publickey as well',
    })
  })

  it('asks the agent for its keys at once', async () => {
    agent.agentKeys.mockResolvedValue([blobOf('ssh-rsa')])
    const { client, coming } = loggingIn({ agent: '/agent' })
    expect(agent.agentKeys.mock.calls).toEqual([['/agent']])
    expect(await tried(client, null, null)).toEqual({ later: 'agent' })
    client.emit('error', new Error('Too many authentication failures'))
    await expect(coming).rejects.toMatchObject({
      message: expect.stringMatching(/and the agent has 1$/) as string,
    })
  })

  it('asks no agent where there is none', async () => {
    const { client } = loggingIn()
    expect(await tried(client, null, null)).toEqual({ later: false })
    expect(agent.agentKeys).not.toHaveBeenCalled()
  })

  it('is done when ssh2 says so; what happens to the connection later is not its matter', async () => {
    const abort = new AbortController()
    const { client, coming } = loggingIn({}, { signal: abort.signal })
    client.emit('ready')
    expect(await coming).toBe(client)
    client.emit('error', new Error('reset'))
    client.emit('close')
    abort.abort()
    expect(client.destroyed).toBe(false)
  })

  it('does not begin after an interruption', async () => {
    const { client, coming, socket } = loggingIn({}, { signal: AbortSignal.abort() })
    await expect(coming).rejects.toBeInstanceOf(InterruptedError)
    expect([client.config, socket.destroyed]).toEqual([{}, true])
  })

  it('ends at once when it is interrupted', async () => {
    const abort = new AbortController()
    const { client, coming } = loggingIn({}, { signal: abort.signal })
    expect(client.destroyed).toBe(false)
    abort.abort()
    await expect(coming).rejects.toBeInstanceOf(InterruptedError)
    expect(client.destroyed).toBe(true)
  })
})

describe('the host key of a login', () => {
  const key = blobOf('ssh-ed25519')

  it('that is new is accepted where that is wanted', () => {
    const knownHosts = [join(newFolder(), 'known_hosts')]
    expect(shows(loggingIn({ knownHosts }).client, key)).toBe(false)
    expect(shows(loggingIn({ knownHosts }, { acceptNewHostKeys: true }).client, key)).toBe(true)
  })

  it.each<[string, (client: FakeClient) => void]>([
    ['fails', (client) => client.emit('error', new Error('Handshake failed'))],
    ['is closed', (client) => client.emit('close')],
  ])('that is not known is the error, whatever is said when the connection %s', async (_, happens) => {
    const { client, coming } = loggingIn()
    shows(client, key)
    happens(client)
    await expect(coming).rejects.toMatchObject({
      message: expect.stringMatching(/^web-1: its host key is not known/) as string,
    })
  })
})

describe('a login fails', () => {
  it('where the server refuses it, and not where the agent does', async () => {
    const { client, coming } = loggingIn()
    client.emit('error', Object.assign(new Error('agent'), { level: 'agent' }))
    client.emit('error', Object.assign(new Error('refused'), { level: 'client-authentication' }))
    await expect(coming).rejects.toMatchObject({
      message: 'web-1: deploy@192.0.2.1:22 refused the login',
    })
  })

  it('before it begins, if a key file is not there', async () => {
    const { client, coming } = loggingIn({ identities: ['/nowhere/key'] })
    await expect(coming).rejects.toMatchObject({ message: 'web-1: there is no key file /nowhere/key' })
    expect(client.config).toEqual({})
  })

  it('when the ways are asked for, if a key is locked', async () => {
    const file = join(newFolder(), 'locked')
    writeFileSync(file, lockedKey)
    const { client, coming } = loggingIn({ identities: [file] })
    expect(await tried(client, null, null)).toEqual({ later: undefined })
    await expect(coming).rejects.toMatchObject({ message: `web-1: the key ${file} is encrypted` })
  })

  it('as at a busy server, if the connection is closed', async () => {
    const { client, coming } = loggingIn()
    client.emit('close')
    const error = await coming.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BusyError)
    expect(error).toMatchObject({
      message: 'web-1: the server closed the connection during login',
      hint:
        'Did too many connections log in at once (MaxStartups), or does sshd refuse your address for a while after ' +
        'failed logins (PerSourcePenalties)? Its log says why: journalctl -u ssh.',
    })
  })
})
