import { beforeEach, expect, it, vi } from 'vitest'
import { dockerConnection, opensshConnection } from '../../../runner/connection/lazy.ts'
import { targetOf } from './keys.ts'

const ways = vi.hoisted(() => ({ loaded: [] as string[], docker: vi.fn(), openssh: vi.fn() }))
vi.mock('../../../runner/connection/docker.ts', () => {
  ways.loaded.push('docker')
  return { dockerConnection: ways.docker }
})
vi.mock('../../../runner/connection/openssh/openssh.ts', () => {
  ways.loaded.push('openssh')
  return { opensshConnection: ways.openssh }
})
beforeEach(() => {
  ways.docker.mockReset().mockReturnValue('into a container')
  ways.openssh.mockReset().mockResolvedValue('through ssh')
})

it('a way that few hosts need is loaded when it is needed', async () => {
  expect(ways.loaded).toEqual([])
  expect(await dockerConnection('web')).toBe('into a container')
  expect(ways.loaded).toEqual(['docker'])
  expect(ways.docker.mock.calls).toEqual([['web']])
})

it('the ssh program gets target and options', async () => {
  const [target, options] = [targetOf(), { acceptNewHostKeys: true, jump: (hop: string) => hop }]
  expect(await opensshConnection(target, options)).toBe('through ssh')
  expect(ways.openssh.mock.calls).toEqual([[target, options]])
})
