import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { lockedKeys } from '../../../../runner/connection/ssh/locked-keys.ts'
import { lockedKey, lockedPublic, newFolder, plainKey, targetOf } from '../keys.ts'

// In a worker thread the real one does not see a variable that a test sets.
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => process.env.HOME }))

const agent = vi.hoisted(() => ({ agentKeys: vi.fn() }))
vi.mock('../../../../runner/connection/ssh/agent.ts', () => agent)

const home = newFolder()
const path = (name: string): string => join(home, '.ssh', name)
const write = (name: string, text: string): string => (writeFileSync(path(name), text), path(name))

beforeEach(() => {
  rmSync(path(''), { recursive: true, force: true })
  mkdirSync(path(''))
  vi.stubEnv('HOME', home)
  agent.agentKeys.mockReset().mockResolvedValue([])
})

describe('a person is asked for the passphrase of', () => {
  const publicKey = Buffer.from(lockedPublic.split(' ')[1] ?? '', 'base64')

  it('named keys that are encrypted, unless the agent has them', async () => {
    const identities = [write('plain', plainKey), write('locked', lockedKey), path('nowhere')]
    expect(await lockedKeys(targetOf({ identities }))).toEqual([path('locked')])
    expect(agent.agentKeys).not.toHaveBeenCalled()
    agent.agentKeys.mockResolvedValue([Buffer.from('other')])
    expect(await lockedKeys(targetOf({ identities, agent: '/agent' }))).toEqual([path('locked')])
    expect(agent.agentKeys).toHaveBeenCalledWith('/agent')
    agent.agentKeys.mockResolvedValue([Buffer.from('other'), publicKey])
    expect(await lockedKeys(targetOf({ identities, agent: '/agent' }))).toEqual([])
  })

  it('the first usual file, where there is no other key', async () => {
    expect(await lockedKeys(targetOf())).toEqual([])
    write('id_ecdsa', lockedKey)
    write('id_rsa', lockedKey)
    expect(await lockedKeys(targetOf())).toEqual([path('id_ecdsa')])
    agent.agentKeys.mockResolvedValue([Buffer.from('other')])
    expect(await lockedKeys(targetOf({ agent: '/agent' }))).toEqual([])
    write('id_ed25519', plainKey)
    expect(await lockedKeys(targetOf())).toEqual([])
  })

  it('nothing where nothing is encrypted, and the agent is not asked', async () => {
    expect(await lockedKeys(targetOf({ identities: [write('plain', plainKey)], agent: '/agent' }))).toEqual([])
    expect(agent.agentKeys).not.toHaveBeenCalled()
  })
})
