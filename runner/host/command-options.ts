import { nearest } from '../nearest.ts'
import { Secret } from '../secret/index.ts'

/** How a command runs: host.$(options)`…`. */
export interface CommandOptions {
  /** An exit status other than 0 is no error. A lost connection, a timeout or an interruption still is one. */
  nothrow?: boolean
  /** The folder that it runs in. */
  cwd?: string
  /** Variables of its environment. None of them is in an argument list. */
  env?: Readonly<Record<string, string | Secret>>
  /** The user that it runs as, in that user's home folder unless there is a `cwd`. */
  as?: string
  /** What it reads from its standard input. Default: nothing. */
  input?: string | Buffer | Secret
  /** After so many ms its processes are ended, and it has failed. */
  timeout?: number
  /** False: a pipe fails only if its last command does. */
  pipefail?: boolean
}

type Checks = { readonly [Name in keyof Required<CommandOptions>]: (value: unknown) => string | undefined }

/** What is wrong with the value of each option. */
const checks: Checks = {
  nothrow: (value) => (typeof value === 'boolean' ? undefined : 'is true or false'),
  cwd: (value) => (isText(value) && value !== '' ? undefined : 'is the path of a folder'),
  env: wrongVariables,
  as: (value) => (typeof value === 'string' && /^[A-Za-z_][\w.@-]*$/.test(value) ? undefined : 'is the name of a user'),
  input: (value) =>
    typeof value === 'string' || Buffer.isBuffer(value) || value instanceof Secret
      ? undefined
      : 'is a text, a Buffer or a Secret',
  timeout: (value) =>
    typeof value === 'number' && value > 0 && value < 2 ** 31 ? undefined : 'is a time in ms, of at most 24 days',
  pipefail: (value) => (typeof value === 'boolean' ? undefined : 'is true or false'),
}

const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')

function wrongVariables(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is an object: { NAME: value }'
  for (const [name, each] of Object.entries(value as Record<string, unknown>)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `has '${name}', which is not the name of a variable`
    if (!isText(each instanceof Secret ? each.reveal() : each))
      return `has ${name}, whose value is not a text without NUL characters, or a Secret`
  }
  return undefined
}

/**
 * Checks options, and adds them to others.
 * @throws TypeError for an option that does not exist, or a wrong value
 */
export function mergeOptions(base: CommandOptions, more: unknown): CommandOptions {
  if (typeof more !== 'object' || more === null || Array.isArray(more) || more instanceof Secret)
    throw new TypeError('host.$ is called with a template, host.$`…`, or with options before it, host.$({ … })`…`.')
  for (const [name, value] of Object.entries(more)) {
    if (!Object.hasOwn(checks, name))
      throw new TypeError(`host.$ has no option '${name}'. ${nearest(name, Object.keys(checks))}`)
    const wrong = value === undefined ? undefined : checks[name as keyof CommandOptions](value)
    if (wrong !== undefined) throw new TypeError(`host.$: the option ${name} ${wrong}.`)
  }
  const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)) as CommandOptions
  return { ...base, ...given, ...((base.env ?? given.env) && { env: { ...base.env, ...given.env } }) }
}

/** A command for people, with the options that change what it does. */
export function describeCommand(text: string, { as, cwd, env = {} }: CommandOptions): string {
  const variables = Object.entries(env).map(
    ([name, value]) => `${name}=${value instanceof Secret ? `[secret ${value.label}]` : value}`,
  )
  const parts = [
    ...(as === undefined ? [] : [`as ${as}`]),
    ...(cwd === undefined ? [] : [`in ${cwd}`]),
    ...(variables.length > 0 ? [`with ${variables.join(' ')}`] : []),
  ]
  return parts.length > 0 ? `${parts.join(', ')}: ${text}` : text
}
