import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'

describe('a secret', () => {
  const secret = new Secret('hunter2', 'DB')
  const message =
    'the secret DB must not become part of a text: pass it to host.write(), to a template, or to a command as input or in env'

  it('has its value only in reveal()', () => {
    expect(secret.reveal()).toBe('hunter2')
    expect(secret.label).toBe('DB')
    expect(Object.values(secret)).toEqual(['DB'])
    expect(inspect({ secret })).toBe('{ secret: [secret DB] }')
  })

  it.each([
    ['a template literal', () => `${secret as unknown as string}`],
    ['toString()', () => secret.toString()],
    ['String()', () => String(secret)],
    ['JSON', () => JSON.stringify({ secret })],
    ['a sum of texts', () => 'x' + (secret as unknown as string)],
  ])('cannot become part of a text by accident: %s', (_, work) => {
    expect(work).toThrow(new TypeError(message))
  })
})
