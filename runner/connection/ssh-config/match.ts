import { spawnSync } from 'node:child_process'
import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces, userInfo } from 'node:os'
import { glob } from '../../glob.ts'
import { expand, tokensOf, type TokenValues } from './tokens.ts'

/** What the conditions of a `Match` ask about: what the lines before it have set. */
export interface MatchContext extends TokenValues {
  /** The value of `Tag`, or an empty text. */
  tag: string
  /** Whether the files are read for the second time, after the host's name is settled. */
  isFinal: boolean
}

export interface MatchResult {
  /** Whether all conditions hold. False if one of them is unknown. */
  holds: boolean
  /** Whether all known conditions hold, and there is one that cannot be evaluated here. */
  undecided: boolean
  /** Whether there is a condition `final`, which makes ssh read the files a second time. */
  wantsFinal: boolean
}

/** A command of `Match exec` may run for this long (ms). */
const execTimeout = 30_000

/** The results of commands of `Match exec`. Each command is run once. */
const execResults = new Map<string, boolean>()

/**
 * Evaluates the conditions of a `Match`, in order. A command is run only if the conditions before it hold.
 * @param words the conditions and their arguments.
 * @param outer whether the section that includes this file applies; otherwise the result is false.
 */
export function evaluateMatch(words: readonly string[], outer: boolean, context: MatchContext): MatchResult {
  let holds = outer
  let unknown = false
  let wantsFinal = false
  const remaining = words.flatMap((word) => /^(!?\w+)=(.+)$/s.exec(word)?.slice(1) ?? [word])
  for (let word = remaining.shift(); word !== undefined; word = remaining.shift()) {
    const negated = word.startsWith('!')
    const name = word.slice(negated ? 1 : 0).toLowerCase()
    if (name.startsWith('#')) break
    if (name === 'final') wantsFinal = true
    const argument = hasArgument(name) ? (remaining.shift() ?? '') : ''
    const result = evaluate(name, argument, holds, context)
    unknown ||= result === undefined
    if (result === negated) holds = false
  }
  return { holds: holds && !unknown, undecided: holds && unknown, wantsFinal }
}

const hasArgument = (name: string): boolean => !['all', 'final', 'canonical'].includes(name)

/**
 * Whether one condition holds; undefined if it cannot be evaluated here.
 * @param before whether the conditions before it hold.
 */
function evaluate(name: string, argument: string, before: boolean, context: MatchContext): boolean | undefined {
  const patterns = argument.split(',')
  switch (name) {
    case 'all':
      return true
    case 'final':
    case 'canonical':
      return context.isFinal
    case 'host':
      return matchesList(context.host.toLowerCase(), patterns.map(lower))
    case 'originalhost':
      return matchesList(context.original.toLowerCase(), patterns.map(lower))
    case 'user':
      return matchesList(context.user, patterns)
    case 'localuser':
      return matchesList(userInfo().username, patterns)
    case 'tagged':
      return matchesList(context.tag, patterns)
    case 'sessiontype':
      return matchesList('exec', patterns)
    case 'localnetwork':
      return hasAddressIn(patterns)
    case 'exec':
      return before && succeeds(expand(argument, tokensOf(context)))
    default:
      return undefined
  }
}

const lower = (text: string): string => text.toLowerCase()

/** Whether at least one pattern matches a text, and none of those that begin with `!` does. */
export function matchesList(text: string, patterns: readonly string[]): boolean {
  const matches = (pattern: string): boolean => glob(pattern).test(text)
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern))
}

/** Whether this machine has an address in one of some networks (address/bits). */
function hasAddressIn(networks: readonly string[]): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ address, family }) => list.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4'))
}

function succeeds(command: string): boolean {
  const known = execResults.get(command)
  if (known !== undefined) return known
  const { status } = spawnSync('/bin/sh', ['-c', command], { stdio: 'ignore', timeout: execTimeout })
  execResults.set(command, status === 0)
  return status === 0
}
