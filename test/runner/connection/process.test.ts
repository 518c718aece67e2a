import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { dockerConnection } from '../../../runner/connection/docker.ts'
import { localConnection } from '../../../runner/connection/local.ts'
import { opensshConnection } from '../../../runner/connection/openssh/openssh.ts'
import { processChannel } from '../../../runner/connection/process.ts'
import { UnreachableError } from '../../../runner/errors.ts'
import { targetOf } from './keys.ts'

const processes = vi.hoisted(() => ({ spawn: vi.fn() }))
vi.mock('node:child_process', () => processes)

class FakeProcess extends EventEmitter {
  stdin = new PassThrough()
  stdout = new PassThrough()
  stderr = new PassThrough()
}

let started: FakeProcess[]
const commands = (): string[] =>
  processes.spawn.mock.calls.map(([file, args]) => [file as string, ...(args as string[])].join(' '))

beforeEach(() => {
  started = []
  processes.spawn.mockReset().mockImplementation(() => {
    const child = new FakeProcess()
    started.push(child)
    return child
  })
})

describe('a process of this machine', () => {
  it('is a channel once it has started', async () => {
    const coming = processChannel(['cat', '-n', 'x'], 'no cat')
    const [child] = started
    child!.emit('spawn')
    const channel = await coming
    expect(processes.spawn).toHaveBeenCalledWith('cat', ['-n', 'x'], { stdio: 'pipe', detached: true, cwd: '/' })
    expect([channel.stdin, channel.stdout, channel.stderr]).toEqual([child!.stdin, child!.stdout, child!.stderr])
    channel.close()
    expect(child!.stdin.writableEnded).toBe(true)
    child!.stdin.emit('error', new Error('EPIPE'))
    child!.emit('close', 3)
    expect(await channel.closed).toBe(3)
  })

  it('that does not start is an error', async () => {
    const coming = processChannel(['cat'], 'no cat')
    const cause = new Error('ENOENT')
    started[0]!.emit('error', cause)
    await expect(coming).rejects.toMatchObject({ message: 'no cat: ENOENT', cause })
    await expect(coming).rejects.toBeInstanceOf(UnreachableError)
  })
})

describe('a command is started', () => {
  it.each([
    ['on this machine', localConnection(), '/bin/sh -c echo', 'no shell on this machine: x'],
    ['in a mounted root', localConnection('/host'), 'chroot /host /bin/sh -c echo', 'no shell on this machine: x'],
    ['in a container', dockerConnection('web'), 'docker exec --interactive web /bin/sh -c echo', 'no shell in web: x'],
  ])('%s', async (_, connection, command, message) => {
    const coming = connection.open('echo')
    expect(commands()).toEqual([command])
    started[0]!.emit('error', new Error('x'))
    await expect(coming).rejects.toThrow(message)
    expect(await connection.close()).toBeUndefined()
  })
})

describe('the ssh program', () => {
  const options = { acceptNewHostKeys: false, jump: (hop: string) => hop }
  /** The path of the master's socket, as each test has another. */
  const plain = (text: string): string => text.replaceAll(/\S+cutover-ssh-\w+/g, 'FOLDER').replaceAll(/ -o \S+/g, '')

  it('logs in once, and runs commands through its master until it is closed', async () => {
    const coming = opensshConnection(targetOf(), options)
    expect(processes.spawn.mock.calls[0]![2]).toEqual({ stdio: ['inherit', 'ignore', 'pipe'] })
    started[0]!.emit('exit', 0)
    const connection = await coming
    expect(started[0]!.stderr.destroyed).toBe(true)
    const opening = connection.open('echo')
    started[1]!.emit('spawn')
    await opening
    const closing = connection.close()
    started[2]!.emit('spawn')
    await Promise.resolve()
    started[2]!.emit('close', 0)
    await closing
    expect(commands().map(plain)).toEqual([
      'ssh -p 22 -l deploy -S FOLDER/control -M -N -f web-1',
      'ssh -p 22 -l deploy -S FOLDER/control -T web-1 echo',
      'ssh -S FOLDER/control -O exit web-1',
    ])
    expect(commands()[1]).toContain('-o ControlMaster=no -T')
  })

  it('that cannot log in says why', async () => {
    const coming = opensshConnection(targetOf(), options)
    coming.catch(() => undefined)
    started[0]!.stderr.write('Permission denied')
    await new Promise((resolve) => setImmediate(resolve))
    started[0]!.stderr.write(' (publickey).\n')
    await new Promise((resolve) => setImmediate(resolve))
    started[0]!.emit('exit', 255)
    await expect(coming).rejects.toMatchObject({
      message: 'web-1: deploy@192.0.2.1:22 refused the login',
      hint: expect.stringContaining('ssh: Permission denied (publickey).') as string,
    })
  })

  it('that is not there is an error', async () => {
    const coming = opensshConnection(targetOf(), options)
    const cause = new Error('spawn ssh ENOENT')
    started[0]!.emit('error', cause)
    await expect(coming).rejects.toMatchObject({
      message: 'web-1: there is no ssh program: spawn ssh ENOENT',
      hint: 'Install openssh-client, or use `connection: ssh`.',
      cause,
    })
  })
})
