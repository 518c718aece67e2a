import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../runner/cli/options.ts'

const parsed = (...argv: string[]) =>
  parseOptions(
    {
      definition: {
        options: { tag: { type: 'string', required: true, help: 'the release' } },
      },
    },
    ['--tag', 'v1', ...argv],
  )

describe('the command line', () => {
  it.each([
    [['--chekc'], 'there is no option --chekc'],
    [['--forks'], "Option '-f, --forks <value>' argument missing"],
    [['--check=yes'], "Option '-C, --check' does not take an argument"],
    [['stray'], "Unexpected argument 'stray'"],
    [['--exit-code'], '--exit-code says what --check found'],
    [['--step', '-o', 'tree'], '--step asks between the lines'],
  ])('%j is refused', (argv, message) => expect(() => parsed(...argv)).toThrow(message))

  it('takes what belongs together', () => {
    expect(parsed('--check', '--exit-code', '--step', '-o', 'plain').values).toMatchObject({
      tag: 'v1',
      check: true,
      'exit-code': true,
      step: true,
    })
  })

  it('wants what a playbook requires, but not for --help', () => {
    const book = {
      definition: {
        options: { tag: { type: 'string', required: true, help: 'the release' } as const },
      },
    }
    expect(() => parseOptions(book, [])).toThrow('--tag is missing: the release')
    expect(parseOptions(book, ['--help']).values.help).toBe(true)
  })
})
