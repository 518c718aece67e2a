import { expect, it, vi } from 'vitest'
import { localConnection } from '../../../runner/connection/local.ts'
import { fakeSpawn } from './fake-process.ts'

const processes = vi.hoisted(() => ({ spawn: vi.fn() }))
vi.mock('node:child_process', () => processes)

const { spawn, started } = fakeSpawn()
processes.spawn.mockImplementation(spawn)

it.each<[string, string | undefined, string, string[]]>([
  ['on this machine', undefined, '/bin/sh', ['-c', 'echo $HOME']],
  ['in a root that is mounted', '/host', 'chroot', ['/host', '/bin/sh', '-c', 'echo $HOME']],
])('a command is started %s', async (_, root, file, args) => {
  const opening = localConnection(root).open('echo $HOME')
  expect(processes.spawn.mock.lastCall?.slice(0, 2)).toEqual([file, args])
  started.at(-1)!.emit('spawn')
  expect((await opening).stdout).toBe(started.at(-1)!.stdout)
})

it('a machine without a shell is an error', async () => {
  const opening = localConnection().open('echo')
  started.at(-1)!.emit('error', new Error('spawn /bin/sh ENOENT'))
  await expect(opening).rejects.toMatchObject({ message: 'no shell on this machine: spawn /bin/sh ENOENT' })
})

it('a connection to this machine has nothing to close', async () => {
  expect(await localConnection().close()).toBeUndefined()
})
