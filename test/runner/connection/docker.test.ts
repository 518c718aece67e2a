import { expect, it, vi } from 'vitest'
import { dockerConnection } from '../../../runner/connection/docker.ts'
import { fakeSpawn } from './fake-process.ts'

const processes = vi.hoisted(() => ({ spawn: vi.fn() }))
vi.mock('node:child_process', () => processes)

const { spawn, started } = fakeSpawn()
processes.spawn.mockImplementation(spawn)

it('a command in a container is started by docker', async () => {
  const opening = dockerConnection('web').open('echo $HOME')
  expect(processes.spawn.mock.lastCall?.slice(0, 2)).toEqual([
    'docker',
    ['exec', '--interactive', 'web', '/bin/sh', '-c', 'echo $HOME'],
  ])
  started.at(-1)!.emit('spawn')
  expect((await opening).stdout).toBe(started.at(-1)!.stdout)
})

it('a container without a docker program is an error with its name', async () => {
  const opening = dockerConnection('web').open('echo')
  started.at(-1)!.emit('error', new Error('spawn docker ENOENT'))
  await expect(opening).rejects.toMatchObject({ message: 'no shell in web: spawn docker ENOENT' })
})

it('a connection to a container has nothing to close', async () => {
  expect(await dockerConnection('web').close()).toBeUndefined()
})
