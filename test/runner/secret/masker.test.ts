import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Masker } from '../../../runner/secret/masker.ts'
import { Secret } from '../../../runner/secret/secret.ts'

const maskerOf = (...values: string[]): Masker => new Masker(new Set(values))
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const hidden = '••••••'

describe('a masker', () => {
  const values = ['hunter2', 'with "quotes" and \'single\'', 'a$b`c`%d', 'line one\nline two is long', 'ü€ p@ss w/rd+=']

  it.each(values)('replaces %j in every form in which it may appear', (value) => {
    const masker = maskerOf(value)
    for (const form of [value, base64(value), encodeURIComponent(value), JSON.stringify(value)])
      expect(masker.mask(`before ${form} after`)).toMatch(/^before "?••••••(\n••••••)?"? after$/)
  })

  it.each([
    ['as it is', 'hunter2', 'hunter2'],
    ['of four characters', 'abcd', 'abcd'],
    ['with the signs of a regular expression', 'a.b*c+(d)[e]{f}^$|\\?', 'a.b*c+(d)[e]{f}^$|\\?'],
    ['in a quoted shell word', "it's secret", "it'\\''s secret"],
    ['in JSON', 'a"b\\c\td', 'a\\"b\\\\c\\td'],
    ['as node prints it', 'two\nlines', inspect('two\nlines').slice(1, -1)],
    ['with a control character, as node prints it', 'se\x1bcret', 'se\\x1Bcret'],
    ['in base64', 'secret', base64('secret')],
    ['in base64url', '>>>???>>>', Buffer.from('>>>???>>>').toString('base64url')],
    ['in a URL', 'a b/c', 'a%20b%2Fc'],
    ['in a URL with a slash', 'a b/c', 'a%20b/c'],
    ['in a form', 'a b/c', 'a+b%2Fc'],
    ['in a URL with small letters', 'a/b?c', 'a%2fb%3fc'],
    ['in a strictly encoded URL', "it's (a)*!", 'it%27s%20%28a%29%2A%21'],
  ])('replaces a secret %s', (_, value, form) => {
    expect(maskerOf(value).mask(`<${form}> <${form}>`)).toBe(`<${hidden}> <${hidden}>`)
  })

  it('replaces each line of a secret, without the spaces around it', () => {
    expect(maskerOf('first line\n  second line  \n').mask('<second line> <first line>')).toBe(`<${hidden}> <${hidden}>`)
  })

  it.each(['u:', 'us:', 'use:'])('replaces a secret in base64 behind %j', (before) => {
    expect(maskerOf('my password').mask(`Basic ${base64(`${before}my password!`)}.`)).not.toMatch(/[a-zA-Z0-9]{8}/)
  })

  it('replaces a piece of a secret in base64, as in a line of it', () => {
    const whole = base64('a rather long secret, which fills more than a line of base64')
    expect(
      maskerOf('a rather long secret, which fills more than a line of base64').mask(`<${whole.slice(13, 40)}>`),
    ).toBe(`<${hidden}>`)
  })

  it('replaces the last eight characters of a secret in base64', () => {
    expect(maskerOf('a long secret').mask(`<${base64('a long secret').slice(-10, -2)}>`)).toBe(`<${hidden}>`)
  })

  it('replaces the longest secret first', () => {
    expect(maskerOf('abcd', 'abcdefgh').mask('abcdefgh abcd')).toBe(`${hidden} ${hidden}`)
  })

  it('knows a secret from the moment when it is made, whoever makes it', () => {
    const early = new Secret('made-before-the-masker', 'x')
    const masker = new Masker()
    const text = 'made-before-the-masker made-after-it-has-masked'
    expect(masker.mask(text)).toBe(`${hidden} made-after-it-has-masked`)
    expect(new Secret('made-after-it-has-masked', 'x').label).toBe(early.label)
    expect(masker.mask(text)).toBe(`${hidden} ${hidden}`)
    expect(new Masker().mask(text)).toBe(`${hidden} ${hidden}`)
  })

  it.each([
    ['nothing to mask', [], 'hunter2 aHVudGVyMg=='],
    ['a secret that is too short', ['abc'], 'abcdef'],
    ['other text', ['hunter2'], 'hunter3 and c29tZSB0ZXh0IGluIGJhc2U2NA=='],
    ['less than eight characters of base64', ['a long secret'], base64('a long secret').slice(2, 9)],
  ])('leaves a text with %s', (_, secrets, text) => expect(maskerOf(...secrets).mask(text)).toBe(text))
})

describe('large secrets', () => {
  it('are masked as a whole and line by line, however long they are', () => {
    const long = `${'é$'.repeat(40_000)}\nthe last line`
    const masker = new Masker(new Set([long, ...Array.from({ length: 3_000 }, (_, index) => `value-${index}-of-many`)]))
    expect(masker.mask(`a ${long} b ${encodeURIComponent(long)} c`)).toBe('a •••••• b •••••• c')
    expect(masker.mask('x the last line value-2999-of-many y')).toBe('x •••••• •••••• y')
    expect(masker.mask('nothing of it')).toBe('nothing of it')
  })

  it('that have secrets in them leave their other lines readable', () => {
    const value = `hunter2-${Math.random()}`
    const password = new Secret(value, 'password')
    const file = Secret.around(`services:\n  password: ${password.reveal()}\n`, 'compose.yaml')
    expect(new Masker().mask(`services:\n${file.reveal()}`)).toBe('services:\nservices:\n  password: ••••••\n')
    expect(() => String(file)).toThrow('the secret compose.yaml must not become part of a text')
  })
})
