import { parseArgs } from 'node:util'
import { message, UsageError } from '../errors.ts'
import { closestTo } from '../nearest.ts'
import type { Options, OptionSpec, OptionValues } from '../play/index.ts'

/**
 * Parses command-line arguments. A boolean that is not given has the value `false`, a list that is not given `[]`.
 * @throws UsageError, with a suggestion if an unknown option is similar to a known one
 */
export function parseArguments<O extends Options>(
  argv: readonly string[],
  options: O,
  allowPositionals = false,
): { values: OptionValues<O>; positionals: string[] } {
  const endOfOptions = argv.indexOf('--')
  const words = endOfOptions < 0 ? argv : argv.slice(0, endOfOptions)
  for (const word of words.filter((each) => each.startsWith('--'))) {
    const name = word.slice(2).split('=')[0] ?? ''
    if (!Object.hasOwn(options, name)) throw unknownOption(name, Object.keys(options))
  }
  try {
    const declared: Options = options
    const { values, positionals } = parseArgs({ args: [...argv], options: declared, allowPositionals })
    const absent = Object.entries(declared).flatMap(([name, { type, multiple }]): [string, unknown][] => {
      if (values[name] !== undefined) return []
      return multiple ? [[name, []]] : type === 'boolean' ? [[name, false]] : []
    })
    return { values: { ...values, ...Object.fromEntries(absent) } as OptionValues<O>, positionals }
  } catch (error) {
    throw new UsageError(message(error).split('. ')[0] ?? '', { hint: 'See --help.' })
  }
}

function unknownOption(name: string, names: readonly string[]): UsageError {
  const near = closestTo(name, names)
  return new UsageError(`there is no option --${name}`, {
    hint: near === undefined ? 'See --help.' : `Did you mean --${near}? See --help.`,
  })
}

/** An option with the name of its value, as it is written on a command line: `--forks N`. */
export const written = (name: string, { type, placeholder = 'VALUE' }: OptionSpec): string =>
  `--${name}${type === 'string' ? ` ${placeholder}` : ''}`

/** The line of an option in a help text. */
export const optionLine = ([name, spec]: [string, OptionSpec]): string =>
  `  ${spec.short ? `-${spec.short}, ` : '    '}${written(name, spec).padEnd(28)} ${spec.help}`
