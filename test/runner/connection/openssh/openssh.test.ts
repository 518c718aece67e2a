import { readdirSync, rmSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from '../../../../runner/connection/connection.ts'
import { opensshConnection } from '../../../../runner/connection/openssh/openssh.ts'
import { UnreachableError } from '../../../../runner/errors.ts'
import { settle } from '../fake-channel.ts'
import { type FakeProcess, fakeSpawn } from '../fake-process.ts'
import { newFolder, targetOf } from '../keys.ts'

const processes = vi.hoisted(() => ({ spawn: vi.fn() }))
vi.mock('node:child_process', () => processes)
/** The folder for temporary files, if it is not the usual one. */
const temporary = vi.hoisted(() => ({ folder: '' }))
vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>()
  return { ...os, tmpdir: () => temporary.folder || os.tmpdir() }
})

let started: FakeProcess[]
let folder: string
const isTTY = process.stdin.isTTY
beforeEach(() => {
  const fake = fakeSpawn()
  started = fake.started
  processes.spawn.mockReset().mockImplementation(fake.spawn)
  temporary.folder = ''
  folder = newFolder()
  temporary.folder = folder
  process.stdin.isTTY = false
})
afterEach(() => void (process.stdin.isTTY = isTTY))

const options = { acceptNewHostKeys: false, jump: (hop: string) => hop }
/** What the ssh program was started with, without the place of its socket. */
const calls = (): string[][] =>
  processes.spawn.mock.calls.map(([file, args]) =>
    [file as string, ...(args as string[])].map((word) => word.replace(/^.*cutover-ssh-\w{6}/, 'FOLDER')),
  )
const common = [
  ...['-p', '22', '-l', 'deploy', '-o', 'UserKnownHostsFile=', '-o', 'StrictHostKeyChecking=yes'],
  ...['-o', 'ServerAliveInterval=3', '-o', 'ServerAliveCountMax=3', '-o', 'ConnectTimeout=10', '-o', 'ForwardAgent=no'],
]
const socket = ['-S', 'FOLDER/control']

async function connected(): Promise<Connection> {
  const coming = opensshConnection(targetOf({ alias: 'web.example' }), options)
  started[0]!.emit('exit', 0)
  return coming
}

describe('the ssh program', () => {
  it('logs in once, without questions where there is no terminal', async () => {
    await connected()
    expect(calls()).toEqual([['ssh', ...common, '-o', 'BatchMode=yes', ...socket, '-M', '-N', '-f', 'web.example']])
    expect(processes.spawn.mock.calls[0]![2]).toEqual({ stdio: ['inherit', 'ignore', 'pipe'] })
    expect(started[0]!.stderr.destroyed).toBe(true)
  })

  it('asks at the terminal, if there is one', async () => {
    process.stdin.isTTY = true
    await connected()
    expect(calls()).toEqual([['ssh', ...common, ...socket, '-M', '-N', '-f', 'web.example']])
  })

  it('keeps its socket where nobody else can reach it', async () => {
    await connected()
    const [name = ''] = readdirSync(folder)
    expect(name).toMatch(/^cutover-ssh-\w{6}$/)
    expect(statSync(`${folder}/${name}`).mode & 0o777).toBe(0o700)
  })

  it('runs each command through the login that is there', async () => {
    const connection = await connected()
    const opening = connection.open('echo $HOME')
    expect(calls()[1]).toEqual([
      ...['ssh', ...common, '-o', 'BatchMode=yes', ...socket, '-o', 'ControlMaster=no', '-T'],
      ...['web.example', 'echo $HOME'],
    ])
    started[1]!.emit('spawn')
    expect((await opening).stdout).toBe(started[1]!.stdout)
  })

  it('that cannot be started for a command is an error', async () => {
    const opening = (await connected()).open('echo')
    started[1]!.emit('error', new Error('EAGAIN'))
    await expect(opening).rejects.toMatchObject({ message: 'web-1: no ssh: EAGAIN' })
  })

  it('is told to end when the connection is closed, and its socket is removed afterwards', async () => {
    const connection = await connected()
    let isClosed = false
    const closing = connection.close().then(() => (isClosed = true))
    expect(calls()[1]).toEqual(['ssh', ...socket, '-O', 'exit', 'web.example'])
    started[1]!.emit('spawn')
    await settle()
    const { stdout, stderr } = started[1]!
    expect([stdout.readableFlowing, stderr.readableFlowing]).toEqual([true, true])
    expect([isClosed, readdirSync(folder).length]).toEqual([false, 1])
    started[1]!.emit('close', 0)
    await closing
    expect(readdirSync(folder)).toEqual([])
  })

  it('that cannot be told to end leaves no socket', async () => {
    const connection = await connected()
    const closing = connection.close()
    started[1]!.emit('error', new Error('EAGAIN'))
    expect(await closing).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
  })
})

it('a socket that somebody else has removed is no error', async () => {
  const connection = await connected()
  rmSync(folder, { recursive: true })
  const closing = connection.close()
  started[1]!.emit('error', new Error('EAGAIN'))
  expect(await closing).toBeUndefined()
})

describe('a login by the ssh program', () => {
  it('that fails says why, and leaves no socket', async () => {
    const coming = opensshConnection(targetOf(), options)
    coming.catch(() => undefined)
    const [master] = started
    for (const text of ['Permission denied', ' (publickey).\n']) {
      master!.stderr.write(text)
      await settle()
    }
    master!.emit('exit', 255)
    await expect(coming).rejects.toMatchObject({
      message: 'web-1: deploy@192.0.2.1:22 refused the login',
      hint: 'Put your public key there: ssh-copy-id -p 22 deploy@192.0.2.1.\nssh: Permission denied (publickey).',
    })
    expect([master!.stderr.destroyed, readdirSync(folder)]).toEqual([true, []])
  })

  it('without the program is an error, even if somebody else has removed its socket', async () => {
    const coming = opensshConnection(targetOf(), options)
    const cause = new Error('spawn ssh ENOENT')
    rmSync(folder, { recursive: true })
    started[0]!.emit('error', cause)
    const error = await coming.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnreachableError)
    expect(error).toMatchObject({
      message: 'web-1: there is no ssh program: spawn ssh ENOENT',
      hint: 'Install openssh-client, or use `connection: ssh`.',
      cause,
    })
  })
})
