import { parseArgs } from 'node:util'
import { UsageError } from './errors.ts'
import { nearest } from './pattern.ts'
import type { OptionSpec, OptionValue, Playbook } from './playbook.ts'
import { outputs } from './report/index.ts'

/** The options of every playbook. */
const common = {
  inventory: {
    type: 'string',
    short: 'i',
    default: process.env.CUTOVER_INVENTORY ?? 'inventory.yaml',
    help: 'the inventory: a file, or a program that gives one (or CUTOVER_INVENTORY)',
  },
  limit: {
    type: 'string',
    short: 'l',
    default: 'all',
    help: 'only hosts of this pattern: web:&prod:!web-3, web-[01:20], web-*, @FILE',
  },
  retry: { type: 'boolean', default: false, help: 'only hosts that the last run of this playbook did not finish' },
  'extra-vars': {
    type: 'string',
    short: 'e',
    multiple: true,
    help: 'a variable over all others: key=value, a.b=value, { a: map } or @file.yaml',
  },
  tags: { type: 'string', multiple: true, help: 'only tasks with one of these tags' },
  'skip-tags': { type: 'string', multiple: true, help: 'no tasks with one of these tags' },
  'start-at': { type: 'string', help: 'begin with the task of this name (* is a wildcard)' },
  step: { type: 'boolean', default: false, help: 'ask before each task' },
  check: { type: 'boolean', short: 'C', default: false, help: 'say what would change, change nothing' },
  diff: { type: 'boolean', short: 'D', default: false, help: 'show what changes in files, before and after' },
  forks: { type: 'string', short: 'f', default: '25', help: 'work on so many hosts at once' },
  output: {
    type: 'string',
    short: 'o',
    help: `how to report: ${outputs.join(', ')}; by default a tree on a terminal, folds in GitHub Actions, else plain lines`,
  },
  report: { type: 'string', multiple: true, help: 'a report beside that, into a file: KIND=PATH, as junit=report.xml' },
  log: { type: 'string', help: 'a file for all that happened, what commands printed too; secrets are masked' },
  profile: { type: 'boolean', default: false, help: 'name the slowest tasks and hosts at the end' },
  'exit-code': { type: 'boolean', default: false, help: 'with --check: end with 4 if anything would change' },
  verbose: { type: 'boolean', short: 'v', default: false, help: 'show what commands print, and tasks that hold' },
  'list-hosts': { type: 'boolean', default: false, help: 'print the hosts and end, without a connection' },
  'list-tasks': { type: 'boolean', default: false, help: 'print the tasks and end, without a connection' },
  'list-tags': { type: 'boolean', default: false, help: 'print the tags and end, without a connection' },
  'show-vars': { type: 'string', help: "print a host's variables and where each comes from, and end" },
  'ask-pass': {
    type: 'boolean',
    short: 'k',
    default: false,
    help: 'ask for the login password, where the inventory names none',
  },
  'ask-become-pass': {
    type: 'boolean',
    short: 'K',
    default: false,
    help: "ask for sudo's password, where the inventory names none",
  },
  'accept-new-host-keys': {
    type: 'boolean',
    default: false,
    help: 'trust the host keys of servers seen for the first time',
  },
  help: { type: 'boolean', short: 'h', default: false, help: 'this text' },
} satisfies Record<string, OptionSpec>

export type Values = Record<keyof typeof common, OptionValue> & Record<string, OptionValue>

/** A command line, by the options of a playbook. @throws UsageError with the nearest option */
export function parseOptions(
  book: Pick<Playbook, 'definition'>,
  argv: readonly string[],
): { values: Values; words: string[] } {
  const options: Record<string, OptionSpec> = { ...common, ...book.definition.options }
  for (const word of argv.filter((each) => each.startsWith('--'))) {
    const name = word.slice(2).split('=')[0]!
    if (name && !Object.hasOwn(options, name))
      throw new UsageError(`no option is called --${name}`, {
        hint: nearest(name, [...Object.keys(book.definition.options ?? {}), ...Object.keys(common)]),
      })
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options,
      allowPositionals: book.definition.positionals !== undefined,
    })
    const missing = Object.entries(book.definition.options ?? {}).find(
      ([name, { required }]) => required && values[name] === undefined,
    )
    if (missing && !values.help) throw new UsageError(`--${missing[0]} is missing: ${missing[1].help}`)
    if (values['exit-code'] && !values.check)
      throw new UsageError('--exit-code says what --check found', { hint: 'Add --check.' })
    if (values.step && values.output === 'tree')
      throw new UsageError('--step asks between the lines, where a tree redraws itself', {
        hint: 'Leave --output out, or use --output plain.',
      })
    return { values: values as Values, words: positionals }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError((error as Error).message.split('. ')[0]!, { hint: 'Options: --help.' })
  }
}

/** The words of an option that takes a list, apart by commas or given again. */
export const words = (value: OptionValue): string[] =>
  [value ?? []]
    .flat()
    .flatMap((each) =>
      String(each)
        .split(',')
        .map((word) => word.trim()),
    )
    .filter(Boolean)

/** The text of --help. */
export function usage({ name, definition }: Pick<Playbook, 'name' | 'definition'>): string {
  const line = ([option, { short, help, type }]: [string, OptionSpec]): string =>
    `  ${short ? `-${short}, ` : '    '}${`--${option}${type === 'string' ? ' …' : ''}`.padEnd(26)}${help}`
  const own = Object.entries(definition.options ?? {})
  return [
    name,
    definition.help,
    '',
    `Options${definition.positionals ? ` [${definition.positionals}]` : ''}:`,
    ...own.map(line),
    ...Object.entries(common).map(line),
    '',
    'Exit status: 0 all held or changed, 1 a task failed, 2 usage or inventory, 3 a host unreachable, 4 would change (--check --exit-code), 130 interrupted.',
    '',
  ].join('\n')
}

/** A whole number of 1 or more. @throws UsageError */
export function positiveInteger(option: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1)
    throw new UsageError(`--${option} takes a whole number of 1 or more, not '${value}'`)
  return number
}
