import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Fact, Facts } from '../../../runner/host/fact.ts'
import { createHost, type Host, type HostOptions } from '../../../runner/host/host.ts'
import { settle, until } from '../connection/fake-channel.ts'
import { newFolder } from '../connection/keys.ts'
import { type FakeSession, fakeSession, type Output } from './fake-session.ts'

interface Fake extends FakeSession {
  host: Host
  /** The lines that were shown, as `live LINE` or `LINE`. */
  lines: string[]
}

const login = { address: '192.0.2.1', port: 22, user: 'deploy' }

function fake(outputs: readonly Output[] = [], more: Partial<HostOptions> = {}): Fake {
  const lines: string[] = []
  const session = fakeSession(...outputs)
  const host = createHost({
    name: 'web-1',
    login,
    session: () => session.session,
    facts: new Facts(),
    onLine: (line, live) => void lines.push(live ? `live ${line}` : line),
    onProgress: ({ text }) => void lines.push(`progress ${text}`),
    ...more,
  })
  return { ...session, host, lines }
}

const kinds = ['$', 'live', 'quiet'] as const
const shown = { $: ['hello'], live: ['live hello'], quiet: [] }

it('says how far a task is, where somebody listens', () => {
  const heard: unknown[] = []
  fake([], { onProgress: (progress) => void heard.push(progress) }).host.progress('3 of 4', { done: 3 })
  fake([], { onProgress: undefined }).host.progress('4 of 4')
  expect(heard).toEqual([{ text: '3 of 4', values: { done: 3 } }])
})

it('a host has its name and its login', () => {
  const { host } = fake()
  expect([host.name, host.login]).toEqual(['web-1', login])
})

describe.each(kinds)('a command of host.%s', (kind) => {
  it('shows its lines as it should', async () => {
    const { host, lines } = fake([{ stdout: 'hello\n', status: 0 }])
    expect((await host[kind]`true`).stdout).toBe('hello\n')
    expect(lines).toEqual(shown[kind])
  })

  it('shows nothing where nobody looks', async () => {
    const { host } = fake([{ stdout: 'hello\n', status: 0 }], { onLine: undefined })
    expect((await host[kind]`true`).stdout).toBe('hello\n')
  })

  it('has its secrets masked in an error', async () => {
    const { host } = fake([{ stdout: 'hunter2\n', status: 1 }], { mask: (text) => text.replace('hunter2', '***') })
    const error = await host[kind]`true`.catch((cause: unknown) => cause)
    expect(error).toMatchObject({ output: '***' })
  })

  it('is ended by the signal', async () => {
    const [abort, reason] = [new AbortController(), new Error('stop')]
    const { host } = fake([{}], { signal: abort.signal })
    const failed = host[kind]`true`.catch((cause: unknown) => cause)
    abort.abort(reason)
    expect(await failed).toBe(reason)
  })
})

describe('what a host knows', () => {
  it('is a fact that is read once, and shown to nobody', async () => {
    const { host, scripts, lines } = fake([{ stdout: '12\n', status: 0 }])
    const kernel: Fact<number> = { name: 'kernel', command: ['uname', '-r x'], parse: Number }
    expect([await host.fact(kernel), await host.fact(kernel)]).toEqual([12, 12])
    expect([scripts, lines]).toEqual([["set -eu; uname '-r x'"], []])
  })

  it('is what its files say, which is shown to nobody', async () => {
    const { host, scripts, lines } = fake([
      { stdout: 'text\n', status: 0 },
      { stdout: '81a4 7:8 5 a:b\n', status: 0 },
      { stdout: 'text\n', status: 0 },
      { stdout: `8180 7:8 5 a:b\n${'0'.repeat(64)}  -\n`, status: 0 },
      { stdout: 'a1ff 0:0 2 root:root\n/x\n', status: 0 },
      { stdout: '\xff', status: 0 },
    ])
    expect(await host.read('/a')).toBe('text\n')
    expect(await host.file('/b')).toEqual({ mode: '644', owner: 'a:b', content: 'text\n' })
    expect(await host.file('/c', { digest: true })).toEqual({ mode: '600', owner: 'a:b', content: '0'.repeat(64) })
    expect(await host.stat('/d')).toMatchObject({ kind: 'link', target: '/x' })
    expect(await host.bytes('/e')).toEqual(Buffer.from('\xff'))
    expect(scripts.map((script) => /path=(\S+)/.exec(script)?.[1])).toEqual(['/a', '/b', '/b', '/c', '/d', '/e'])
    expect(lines).toEqual([])
  })
})

describe('a file', () => {
  it('is written, and its content is shown to nobody', async () => {
    const { host, scripts, inputs, lines } = fake([{ stdout: 'text\n', status: 0 }])
    await host.write('/a', 'text\n', { mode: '640' })
    expect([scripts.length, inputs, lines]).toEqual([1, ['text\n'], []])
    expect(scripts[0]).toContain('path=/a mode=640\n')
    expect(scripts[0]).toMatch(/mv -fT -- "\$temporary" "\$path"$/)
  })

  it('is uploaded on a channel of its own, and shows how far it is', async () => {
    const { host, connection, lines } = fake()
    const file = join(newFolder(), 'large')
    writeFileSync(file, '')
    truncateSync(file, 5_000_000)
    const uploading = host.upload(file, '/a', { mode: '640' })
    await until(() => connection.channels.length > 0)
    const [channel] = connection.channels
    expect(channel!.command).toContain('path=/a mode=640\n')
    await until(() => channel!.stdin.readableEnded)
    channel!.exit(0)
    await uploading
    expect(lines.at(-1)).toBe('progress 5 of 5 MB')
  })

  it('is uploaded where nobody looks, until it is interrupted', async () => {
    const abort = new AbortController()
    const { host, connection } = fake([], { onLine: undefined, signal: abort.signal })
    const file = join(newFolder(), 'large')
    writeFileSync(file, '')
    truncateSync(file, 5_000_000)
    const uploaded = host.upload(file, '/a')
    await until(() => connection.channels.length > 0)
    await until(() => connection.channels[0]!.stdin.readableEnded)
    connection.channels[0]!.exit(0)
    expect(await uploaded).toBeUndefined()
    abort.abort()
    await expect(host.upload(file, '/a')).rejects.toMatchObject({ name: 'AbortError' })
  })
})

it('a command that gets input while it runs has a channel of its own', async () => {
  const { host, connection } = fake()
  const starting = host.spawn('cat')
  await settle()
  const [channel] = connection.channels
  const marker = /^echo (\w+); set -eu; cat$/.exec(channel!.command)?.[1]
  channel!.stdout.write(`${marker}\n`)
  const command = await starting
  channel!.fail(new Error('reset'))
  await expect(command.end()).rejects.toMatchObject({ message: 'web-1: the connection was lost' })
})

describe('work over a new connection', () => {
  it('uses the same session where there is no other way', async () => {
    const { host, scripts, lines } = fake([{ stdout: 'hello\n', status: 0 }])
    const result = await host.withNewConnection(async (other) => {
      await other.$`true`
      return [other.name, other === host]
    })
    expect([result, scripts, lines]).toEqual([['web-1', false], ['set -eu; true'], ['hello']])
  })

  it('is done in the way that is given', async () => {
    const other = {} as Host
    const { host } = fake([], { withNewConnection: (work) => work(other) })
    expect(await host.withNewConnection(async (given) => given)).toBe(other)
  })
})
