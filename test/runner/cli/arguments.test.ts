import { describe, expect, it } from 'vitest'
import { optionLine, parseArguments, written } from '../../../runner/cli/arguments.ts'

const options = {
  check: { type: 'boolean', short: 'C', help: 'change nothing' },
  forks: { type: 'string', short: 'f', default: '25', placeholder: 'N', help: 'so many hosts' },
  tags: { type: 'string', multiple: true, help: 'tags' },
  log: { type: 'string', help: 'a file' },
} as const

describe('arguments', () => {
  it.each<[string[], object, string[]]>([
    [[], { check: false, forks: '25', tags: [], log: undefined }, []],
    [['-C', '-f', '3'], { check: true, forks: '3', tags: [], log: undefined }, []],
    [['--tags', 'a', '--tags=b', 'x'], { check: false, forks: '25', tags: ['a', 'b'], log: undefined }, ['x']],
    [['--', '--unknown'], { check: false, forks: '25', tags: [], log: undefined }, ['--unknown']],
    [['--log', 'x'], { check: false, forks: '25', tags: [], log: 'x' }, []],
  ])('%j are parsed', (argv, values, positionals) => {
    const parsed = parseArguments(argv, options, true)
    expect({ ...parsed.values }).toEqual(values)
    expect(parsed.positionals).toEqual(positionals)
  })

  it.each<[string[], string, string]>([
    [['--chekc'], 'there is no option --chekc', 'Did you mean --check? See --help.'],
    [['--something-else'], 'there is no option --something-else', 'See --help.'],
    [['--fork=3'], 'there is no option --fork', 'Did you mean --forks? See --help.'],
    [['--toString'], 'there is no option --toString', 'See --help.'],
    [['--check=yes'], "Option '-C, --check' does not take an argument", 'See --help.'],
    [['stray'], "Unexpected argument 'stray'", 'See --help.'],
    [['-x'], "Unknown option '-x'", 'See --help.'],
  ])('%j are refused', (argv, message, hint) => {
    expect(() => parseArguments(argv, options)).toThrow(expect.objectContaining({ message, hint, exit: 2 }))
  })

  it('have a line each in the help text', () => {
    expect(Object.entries(options).map(optionLine)).toMatchInlineSnapshot(`
      [
        "  -C, --check                      change nothing",
        "  -f, --forks N                    so many hosts",
        "      --tags VALUE                 tags",
        "      --log VALUE                  a file",
      ]
    `)
    expect(written('log', options.log)).toBe('--log VALUE')
    expect(written('check', options.check)).toBe('--check')
  })
})
