import { describe, expect, it } from 'vitest'
import { parseOptions, positiveInteger } from '../../../runner/cli/options.ts'
import { taskFilter } from '../../../runner/cli/task-filter.ts'

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

describe('the values of options', () => {
  it.each(['0', '-1', '1.5', 'x', ''])('are whole numbers of 1 or more where they count, and not %j', (value) => {
    expect(() => positiveInteger('forks', value)).toThrow(`--forks takes a whole number of 1 or more, not '${value}'`)
  })

  it('are numbers then', () => expect(positiveInteger('forks', '25')).toBe(25))

  it('choose tasks by tags, which are separated by commas or given several times', () => {
    const tasks = ['a', 'b', 'c', 'd'].map((tag) => ({ name: tag, tags: [tag] }))
    const chosen = (...argv: string[]): string =>
      taskFilter(parsed(...argv).values)
        .chosen('h', tasks)
        .map(({ name }) => name)
        .join()
    expect(chosen()).toBe('a,b,c,d')
    expect(chosen('--tags', 'a, b,', '--tags', 'c')).toBe('a,b,c')
    expect(chosen('--skip-tags', 'a', '--skip-tags', 'b,d')).toBe('c')
    expect(chosen('--start-at', 'c')).toBe('c,d')
  })
})
