import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { dotenvValue } from '../../../runner/secret/dotenv.ts'

const refused = (text: string, key = 'K'): string[] => {
  try {
    dotenvValue(text, key, '.env')
  } catch (error) {
    return explain(error)
  }
  throw new Error('the value was taken')
}
const hint =
  'Write it as KEY=value without quotes and with nothing else on the line, or use another source for it: { file: PATH } takes any text.'

describe('a value of a dotenv file', () => {
  it.each([
    ['a plain value', 'K=x', 'x'],
    ['an empty value', 'K=', ''],
    ['everything after the first =', 'K=a=b==', 'a=b=='],
    ['signs that no shell replaces', 'K=p%40ss@:/?#*[]{},!^+.-', 'p%40ss@:/?#*[]{},!^+.-'],
    ['a ~ inside', 'K=a~b', 'a~b'],
    ['after a line of an even length', 'AB=1\nK=x', 'x'],
    ['the last of two', 'K=old\nK=new\nB=2', 'new'],
    ['after a comment with a quote', "# it's\n  # it's\nK=x", 'x'],
    ['after a line whose quote is closed', 'A="x"\nK=x', 'x'],
    ['before a line whose quote is open', 'K=x\nA="', 'x'],
    ['after a byte order mark', '\uFEFFK=x', 'x'],
    ['of a file with CRLF', 'A=1\r\nK=x\r\n', 'x'],
    ['of a key that begins as another', 'KK=no\nK=x\nKKK=no', 'x'],
    ['of a key with digits and underscores', 'K=x', 'x'],
  ])('is %s', (_, text, value) => expect(dotenvValue(text, 'K', '.env')).toBe(value))

  it('may have a key with small letters, digits and underscores', () =>
    expect(dotenvValue('_a1_B=x\n', '_a1_B', '.env')).toBe('x'))

  it.each([
    ['K="x"', 'quotes, which a shell removes and --env-file keeps'],
    ["K='x'", 'quotes, which a shell removes and --env-file keeps'],
    ['K=a b', 'a space, which ends a value for a shell'],
    ['K=a ', 'a space, which ends a value for a shell'],
    ['K=a\uFEFFb', 'a space, which ends a value for a shell'],
    ['K=a\tb', 'a space, which ends a value for a shell'],
    ['K=a # b', 'a space, which ends a value for a shell'],
    ['K=a$b', 'a $ or `, which a shell replaces'],
    ['K=a`b`', 'a $ or `, which a shell replaces'],
    ['K=a\\b', 'a backslash, which a shell removes'],
    ...[';', '&', '|', '<', '>', '(', ')'].map((sign): [string, string] => [
      `K=a${sign}b`,
      'a special character of the shell (; & | < > or a bracket)',
    ]),
    ['K=~/x', 'a ~, which a shell replaces by a home directory'],
    ['K=a:~b', 'a ~, which a shell replaces by a home directory'],
    ['K=a\u0007', 'a control character'],
  ])('is refused with its line if a shell reads another one: %j', (line, reason) =>
    expect(refused(`A=1\n${line}\n`)).toEqual([
      `.env:2: K contains ${reason}: --env-file and a shell would read different values`,
      hint,
    ]),
  )

  it.each(['K =a', ' K=a', 'export K=a', ' export  K = a'])('is refused if --env-file does not read it: %j', (line) =>
    expect(refused(`A=1\n${line}\n`)).toEqual([
      '.env:2: --env-file does not read K: no space and no `export` may stand before the =',
      hint,
    ]),
  )

  it.each(['A="x\nK=1\n"\n', "B=1\nA='x\nK=1\n'\n"])('is refused after an open quote: %j', (text) =>
    expect(refused(text)).toEqual([
      `.env:${text.startsWith('A') ? 1 : 2}: a quote is not closed on this line, so a shell reads the following lines differently than --env-file`,
      hint,
    ]),
  )

  it('that is missing is refused with the nearest key', () =>
    expect(refused('KEY=1\n# COMMENTED=2\nnothing\nexport OTHER=3\n', 'KEX')).toEqual([
      'it has no KEX',
      "Did you mean 'KEY'? There are: KEY, OTHER.",
    ]))

  it('that is missing in a file without keys is refused', () => expect(refused('', 'K')).toEqual(['it has no K']))
})
