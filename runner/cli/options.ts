import type { z } from 'zod'
import { UsageError } from '../errors.ts'
import { outputs } from '../outputs.ts'
import type { Definition, Options, OptionSpec, OptionValues, Playbook } from '../play/index.ts'
import { optionLine, parseArguments, written } from './arguments.ts'

/** The options of every playbook. */
export const commonOptions = {
  inventory: {
    type: 'string',
    placeholder: 'FILE',
    short: 'i',
    default: process.env.CUTOVER_INVENTORY ?? 'inventory.yaml',
    help: 'the inventory: a file, or a program that gives one (or CUTOVER_INVENTORY)',
  },
  limit: {
    type: 'string',
    placeholder: 'PATTERN',
    short: 'l',
    default: 'all',
    help: 'only hosts of this pattern: web:&prod:!web-3, web-[01:20], web-*, @FILE',
  },
  retry: { type: 'boolean', default: false, help: 'only hosts that the last run of this playbook did not finish' },
  'extra-vars': {
    type: 'string',
    placeholder: 'KEY=VALUE',
    short: 'e',
    multiple: true,
    help: 'a variable over all others: key=value, a.b=value, { a: map } or @file.yaml',
  },
  tags: { type: 'string', placeholder: 'TAG', multiple: true, help: 'only tasks with one of these tags' },
  'skip-tags': { type: 'string', placeholder: 'TAG', multiple: true, help: 'no tasks with one of these tags' },
  'start-at': { type: 'string', placeholder: 'TASK', help: 'begin with the task of this name (* and ? are wildcards)' },
  step: { type: 'boolean', default: false, help: 'ask before each task' },
  check: { type: 'boolean', short: 'C', default: false, help: 'say what would change, change nothing' },
  diff: { type: 'boolean', short: 'D', default: false, help: 'show what changes in files, before and after' },
  forks: { type: 'string', placeholder: 'N', short: 'f', default: '25', help: 'work on so many hosts at once' },
  output: {
    type: 'string',
    placeholder: 'FORMAT',
    short: 'o',
    help: `how to report: ${outputs.join(', ')}; by default a tree on a terminal, folds in GitHub Actions, else plain lines`,
  },
  report: {
    type: 'string',
    placeholder: 'KIND=FILE',
    multiple: true,
    help: 'a report beside that, into a file: KIND=PATH, as junit=report.xml',
  },
  log: {
    type: 'string',
    placeholder: 'FILE',
    help: 'a file for all that happened, what commands printed too; secrets are masked',
  },
  profile: { type: 'boolean', default: false, help: 'name the slowest tasks and hosts at the end' },
  'exit-code': { type: 'boolean', default: false, help: 'with --check: end with 4 if anything would change' },
  verbose: { type: 'boolean', short: 'v', default: false, help: 'show what commands print, and tasks that hold' },
  'list-hosts': { type: 'boolean', default: false, help: 'print the hosts and end, without a connection' },
  'list-tasks': { type: 'boolean', default: false, help: 'print the tasks and end, without a connection' },
  'list-tags': { type: 'boolean', default: false, help: 'print the tags and end, without a connection' },
  'show-vars': {
    type: 'string',
    placeholder: 'PATTERN',
    help: "print a host's variables and where each comes from, and end",
  },
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

type CommonValues = OptionValues<typeof commonOptions>

/** The values of a command line: those of the common options, and those of the playbook's own. */
export type Values<O extends Options = Record<never, OptionSpec>> = CommonValues & OptionValues<O>

/** Parses a command line by the options of a playbook. @throws UsageError, with a suggestion if a name is similar */
export function parseOptions<O extends Options>(
  { definition }: { definition: Pick<Definition<z.ZodType, O>, 'options' | 'positionals'> },
  argv: readonly string[],
): { values: Values<O>; positionals: string[] } {
  const own = definition.options ?? {}
  const { values, positionals } = parseArguments(
    argv,
    { ...own, ...commonOptions, ...own },
    definition.positionals !== undefined,
  )
  const all = values as Values
  if (!all.help) verify(all, own)
  return { values: values as Values<O>, positionals }
}

/** @throws UsageError for options that cannot be combined, or if a required option is missing */
function verify(values: Values, own: Options): void {
  const missing = Object.entries(own).find(
    ([name, { required }]) => required && (values as Record<string, unknown>)[name] === undefined,
  )
  if (missing) throw new UsageError(`--${missing[0]} is missing: ${missing[1].help}`)
  if (values['exit-code'] && !values.check)
    throw new UsageError('--exit-code says what --check found', { hint: 'Add --check.' })
  if (values.step && values.output === 'tree')
    throw new UsageError('--step asks between the lines, where a tree redraws itself', {
      hint: 'Leave --output out, or use --output plain.',
    })
}

/** The text of --help. @param program what a person types to run the playbook */
export function usage({ name, definition }: Pick<Playbook, 'name' | 'definition'>, program: string): string {
  const own = Object.entries(definition.options ?? {})
  const required = own.filter(([, { required }]) => required).map(([option, spec]) => ` ${written(option, spec)}`)
  return [
    `Usage: ${program}${required.join('')}${definition.positionals ? ` [${definition.positionals}]` : ''} [OPTIONS]`,
    '',
    `${name}. ${definition.help}`,
    '',
    ...(own.length > 0 ? ['Its own options:', ...own.map(optionLine), ''] : []),
    'Options of every playbook:',
    ...Object.entries(commonOptions).map(optionLine),
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
