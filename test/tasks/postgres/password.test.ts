import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { isPasswordOf, keptOf, verifyPassword } from '../../../tasks/postgres/password.ts'
import { refusal } from '../system/played.ts'

/** The example of RFC 7677: the keys for `pencil`. */
const pencil =
  'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='
const md5 = 'md5e52c25fce8d72aed69c7c5d56c1a7c79'
const scram = { encryption: 'scram-sha-256', iterations: null }

describe('a password', () => {
  it.each([
    ['SCRAM', pencil, 'pencil', true],
    ['SCRAM of another', pencil, 'pen', false],
    ['SCRAM, with another server key', `${pencil.slice(0, -4)}AAA=`, 'pencil', false],
    ['SCRAM that is cut off', pencil.slice(0, -20), 'pencil', false],
    ['none', null, 'pencil', false],
    ['text, as before version 10', 'pencil', 'pencil', true],
    ['another text', 'pen', 'pencil', false],
    ['SCRAM as a password', pencil, pencil, false],
    ['MD5 as a password', md5, md5, false],
  ])('is compared with %s', (_, kept, password, expected) => {
    expect(isPasswordOf('user', kept, password)).toBe(expected)
  })

  it('is recognised in what is kept of it', () => {
    const password = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(password, fc.constantFrom('scram-sha-256', 'md5', 'on'), (text, encryption) => {
        const kept = keptOf('shop', text, { encryption, iterations: 2 }).reveal()
        expect([isPasswordOf('shop', kept, text), isPasswordOf('shop', kept, `${text}x`)]).toEqual([true, false])
      }),
    )
  })

  it('is kept with as many iterations as the server wants, each time with another salt', () => {
    const [one, other] = [keptOf('a', 'x', scram).reveal(), keptOf('a', 'x', scram).reveal()]
    expect(one).toMatch(/^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/)
    expect(one).not.toBe(other)
    expect(keptOf('a', 'x', { ...scram, iterations: 5 }).reveal()).toMatch(/^SCRAM-SHA-256\$5:/)
  })

  it('is kept as MD5 with the name of its role', () => {
    const [one, other] = ['a', 'b'].map((role) => keptOf(role, 'x', { encryption: 'md5', iterations: null }).reveal())
    expect(one).toMatch(/^md5[0-9a-f]{32}$/)
    expect(one).not.toBe(other)
    expect([isPasswordOf('a', one!, 'x'), isPasswordOf('b', one!, 'x')]).toEqual([true, false])
  })

  it.each([' with blanks ', `'";\\$`, 'pässwörd', '密码', '😀', 'x'.repeat(300)])('may be %j', (text) => {
    expect(() => verifyPassword('shop', new Secret(text, 'x'))).not.toThrow()
  })

  it.each(['e\u0301', 'a\u00a0b', 'soft\u00adhyphen', 'ﬁ', 'x\u200b', '\u1680'])(
    'that programs read in different ways is refused: %j',
    async (text) => {
      expect(await refusal(() => verifyPassword('shop', new Secret(text, 'x')))).toMatch(
        /^role shop: the password has characters that programs read in different ways\nWrite accents/,
      )
    },
  )

  it.each(['', 'a\nb', 'a\0'])('cannot be %j', async (text) => {
    expect(await refusal(() => verifyPassword('shop', new Secret(text, 'x')))).toContain('empty or has control')
  })

  it('is a secret', async () => {
    expect(await refusal(() => verifyPassword('shop', 'text' as never))).toBe(
      'role shop: the password is not a secret\nGive play.secret(…), or a new Secret.',
    )
  })
})
