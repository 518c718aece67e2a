import { beforeEach, describe, expect, it, vi } from 'vitest'
import { processChannel } from '../../../runner/connection/process.ts'
import { UnreachableError } from '../../../runner/errors.ts'
import { type FakeProcess, fakeSpawn } from './fake-process.ts'

const processes = vi.hoisted(() => ({ spawn: vi.fn() }))
vi.mock('node:child_process', () => processes)

let started: FakeProcess[]
beforeEach(() => {
  const fake = fakeSpawn()
  started = fake.started
  processes.spawn.mockReset().mockImplementation(fake.spawn)
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
