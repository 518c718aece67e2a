import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/index.ts'
import { oneLine } from '../../../tasks/app/one-line.ts'

const refused = (value: string): unknown => {
  try {
    oneLine(new Secret(value, 'database password of shop'))
  } catch (error) {
    return error
  }
  throw new Error('the secret was taken')
}

describe('a secret of one line', () => {
  it.each(['x', ' ', 'pässwörd €', '"\'$`\\ #%', 'a\u00a0b', '\u2028'])('is given back as it is: %j', (value) => {
    const secret = new Secret(value, 'x')
    expect(oneLine(secret)).toBe(secret)
  })

  it('is not empty', () => {
    expect(refused('')).toMatchObject({
      name: 'UsageError',
      message: 'the database password of shop is empty',
      hint: 'Make one: openssl rand -hex 16',
    })
  })

  it.each(['a\nb', 'a\n', '\ta', '\r', '\0', '\u007f', '\u0085'])('has no control character: %j', (value) => {
    expect(refused(value)).toMatchObject({
      name: 'UsageError',
      message: 'the database password of shop contains a control character (a tab or a line break)',
      hint: 'It must be one line of printable text.',
    })
  })
})
