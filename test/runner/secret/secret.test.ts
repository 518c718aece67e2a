import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Masker } from '../../../runner/secret/masker.ts'
import { Secret } from '../../../runner/secret/secret.ts'

describe('Secret', () => {
  const secret = new Secret('hunter2', 'DB')

  it('cannot become part of a text by accident', () => {
    expect(() => `${secret as unknown as string}`).toThrow('DB')
    expect(() => secret.toString()).toThrow()
    expect(() => JSON.stringify({ secret })).toThrow()
    expect(() => 'x' + (secret as unknown as string)).toThrow()
    expect(inspect({ secret })).not.toContain('hunter2')
  })
})

describe('Masker', () => {
  const values = ['hunter2', 'with "quotes" and \'single\'', 'a$b`c`%d', 'line one\nline two is long', 'ü€ p@ss w/rd+=']

  it.each(values)('masks %j in every form in which it may appear', (value) => {
    const masker = new Masker()
    masker.learn(new Secret(value, 'x'))
    const forms = [value, Buffer.from(value).toString('base64'), encodeURIComponent(value), JSON.stringify(value)]
    for (const form of forms)
      expect(masker.mask(`before ${form} after`)).toMatch(/^before "?••••••(\n••••••)?"? after$/)
  })

  it('leaves what is no secret', () => {
    const masker = new Masker()
    masker.learn(new Secret('abc', 'too short to be told from text'))
    expect(masker.mask('abcdef')).toBe('abcdef')
  })
})
