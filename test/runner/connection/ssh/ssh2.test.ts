import { beforeEach, describe, expect, it, vi } from 'vitest'
import { agentWith, newClient, type ParsedKey, parseKey } from '../../../../runner/connection/ssh/ssh2.ts'
import { ssh2 } from '../../../../runner/packages.ts'
import { lockedKey, plainKey, plainPublic } from '../keys.ts'

const library = vi.hoisted(() => ({ createAgent: vi.fn(), parseKey: vi.fn() }))
vi.mock('../../../../runner/packages.ts', async (original) => {
  const packages = await original<{ ssh2: typeof ssh2 }>()
  const real = packages.ssh2()
  const utils = { ...real.utils, parseKey: library.parseKey }
  return { ...packages, ssh2: () => ({ ...real, utils, createAgent: library.createAgent }) }
})

type Done = (error: Error | undefined, result?: unknown) => void

let real: typeof ssh2
beforeEach(async () => {
  ;({ ssh2: real } = await vi.importActual<{ ssh2: typeof ssh2 }>('../../../../runner/packages.ts'))
  library.parseKey.mockReset().mockImplementation(real().utils.parseKey)
})

it('a client is one of ssh2', () => {
  expect(newClient()).toBeInstanceOf(real().Client)
})

describe('a key', () => {
  const publicHalf = (key: ParsedKey | Error): string => (key as ParsedKey).getPublicSSH().toString('base64')

  it('is read', () => {
    expect(plainPublic).toContain(` ${publicHalf(parseKey(plainKey))} `)
  })

  it('is read with its passphrase alone', () => {
    expect((parseKey(lockedKey, 'secret') as ParsedKey).type).toBe('ssh-ed25519')
    expect(parseKey(lockedKey)).toBeInstanceOf(Error)
    expect(parseKey(lockedKey, 'wrong')).toBeInstanceOf(Error)
  })

  it('is the first one of its file', () => {
    library.parseKey.mockReturnValue(['one', 'two'])
    expect(parseKey('both')).toBe('one')
    expect(library.parseKey).toHaveBeenCalledWith('both', undefined)
  })

  it('that is none is an error, and not thrown', () => {
    expect(parseKey('nothing')).toBeInstanceOf(Error)
    const error = new Error('broken')
    library.parseKey.mockImplementation(() => {
      throw error
    })
    expect(parseKey('broken')).toBe(error)
  })
})

describe('an agent with one key', () => {
  const keyOf = (text: string): ParsedKey => ({ getPublicSSH: () => Buffer.from(text) }) as ParsedKey
  const agent = { getIdentities: vi.fn(), sign: vi.fn() }
  beforeEach(() => {
    agent.getIdentities = vi.fn()
    agent.sign = vi.fn()
    library.createAgent.mockReset().mockReturnValue(agent)
  })
  /** The agent as ssh2 uses it. */
  const shown = (): {
    agent: { getIdentities: (done: Done) => void; sign: (...args: unknown[]) => void }
    signed: () => boolean
  } => agentWith('/run/agent', Buffer.from('two')) as never

  it('shows that one alone', () => {
    const all = agent.getIdentities
    const done = vi.fn()
    shown().agent.getIdentities(done)
    const answer = all.mock.lastCall?.[0] as Done
    const two = keyOf('two')
    answer(undefined, [keyOf('one'), two, keyOf('three')])
    expect(library.createAgent).toHaveBeenCalledExactlyOnceWith('/run/agent')
    expect(all.mock.contexts).toEqual([agent])
    expect(done.mock.calls).toEqual([[undefined, [two]]])
  })

  it('that fails shows none', () => {
    const all = agent.getIdentities
    const done = vi.fn()
    shown().agent.getIdentities(done)
    const error = new Error('no answer')
    ;(all.mock.lastCall?.[0] as Done)(error)
    expect(done.mock.calls).toEqual([[error, undefined]])
  })

  it.each([
    ['with options', [{ hash: 'sha512' }]],
    ['without options', []],
  ])('says whether it has signed, %s', (_, options) => {
    const sign = agent.sign
    const { agent: one, signed } = shown()
    const done = vi.fn()
    const answerWith = (...answer: Parameters<Done>): void => {
      one.sign('key', 'data', ...options, done)
      const args = sign.mock.lastCall as unknown[]
      expect(args.slice(0, -1)).toEqual(['key', 'data', ...options])
      ;(args.at(-1) as Done)(...answer)
      expect(done).toHaveBeenLastCalledWith(...answer)
    }
    const error = new Error('refused')
    expect(signed()).toBe(false)
    answerWith(error, undefined)
    expect(signed()).toBe(false)
    answerWith(undefined, 'signature')
    expect(signed()).toBe(true)
    answerWith(error, undefined)
    expect(signed()).toBe(true)
    expect(sign.mock.contexts).toEqual([agent, agent, agent])
  })
})
