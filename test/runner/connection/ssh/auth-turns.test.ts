import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inTurn } from '../../../../runner/connection/ssh/auth-turns.ts'
import type { Way } from '../../../../runner/connection/ssh/ssh-auth.ts'

type Method = Way['method']
/** A way by its name, `key-1` or `agent-1`, `password`, `keyboard-interactive`. */
const methodOf = (name: string): Method => (/^(key|agent)/.test(name) ? 'publickey' : (name as Method))

/**
 * Logs in at a server that wants some ways one after the other, and counts as sshd does. As ssh2 has it, what the server says of an agent's
 * key is not told.
 */
function logIn(
  names: readonly string[],
  chains: readonly (readonly string[])[],
  tries = 6,
): { in: boolean; tried: string[] } {
  const signed = new Set<string>()
  const ways = names.map((name): Way => ({
    method: methodOf(name),
    auth: { type: 'none', username: name },
    ...(name.startsWith('agent') && { signed: () => signed.has(name) }),
  }))
  const turns = inTurn(ways, 'nobody')
  const tried: string[] = []
  const passed: string[] = []
  let open = chains.map((chain) => [...chain])
  let told: [string[] | null, boolean | null] = [null, null]
  for (let failures = 0; failures < tries;) {
    const next = turns.next(...told)
    if (next === false) return { in: false, tried }
    const name = (next as { username: string }).username
    const good = open.filter(([first]) => first === name)
    tried.push(name)
    if (good.length > 0) {
      passed.push(name)
      open = good.map((chain) => chain.slice(1))
      if (open.some((chain) => chain.length === 0)) return { in: true, tried }
      if (name.startsWith('agent')) signed.add(name)
    } else if (name !== 'nobody') failures += 1
    if (!name.startsWith('agent')) told = [[...new Set(open.map(([first]) => methodOf(first!)))], good.length > 0]
  }
  return { in: false, tried }
}

describe('ways to log in, one after the other', () => {
  it.each<[string, string[], string[][], string[]]>([
    ['a key', ['key-1', 'key-2'], [['key-2']], ['key-1', 'key-2']],
    ['a password, without another try of a key', ['key-1', 'key-2', 'password'], [['password']], ['key-1', 'password']],
    ['a key and a password', ['key-1', 'password'], [['key-1', 'password']], ['key-1', 'password']],
    ['a password and a key', ['key-1', 'password'], [['password', 'key-1']], ['key-1', 'password', 'key-1']],
    [
      'a password and a key of the agent',
      ['agent-1', 'agent-2', 'password'],
      [['password', 'agent-2']],
      ['nobody', 'password', 'agent-1', 'agent-2'],
    ],
    [
      'a key of the agent and a password',
      ['agent-1', 'agent-2', 'password'],
      [['agent-1', 'password']],
      ['nobody', 'agent-1', 'password'],
    ],
    ['two keys', ['key-1', 'key-2'], [['key-1', 'key-2']], ['key-1', 'key-2']],
    [
      'a password in words',
      ['key-1', 'password', 'keyboard-interactive'],
      [['key-1', 'keyboard-interactive']],
      ['key-1', 'keyboard-interactive'],
    ],
  ])('%s', (_, ways, chains, tried) => {
    expect(logIn(ways, chains)).toEqual({ in: true, tried })
  })

  it('get in wherever they can, and come to an end where they cannot', () => {
    const all = ['key-1', 'key-2', 'agent-1', 'agent-2', 'password', 'keyboard-interactive']
    const chain = fc.shuffledSubarray(all, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.subarray(all, { minLength: 1 }), chain, (ways, wanted) => {
        expect(logIn(ways, [wanted], 50).in).toBe(wanted.every((each) => ways.includes(each)))
      }),
    )
  })
})
