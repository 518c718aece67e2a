import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'

/** The file for the names of the hosts that a run did not finish, one per line. It is beside the inventory. */
export const retryFile = (inventory: string, playbook: string): string =>
  join(dirname(resolve(inventory)), '.cutover', `${playbook.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.retry`)

/**
 * The hosts that `--retry` limits a run to. Some may not be in the inventory any more.
 * @throws UsageError if the last run finished on all hosts
 */
export function toRetry(file: string): string[] {
  if (!existsSync(file))
    throw new UsageError('--retry: the last run of this playbook left no host unfinished', {
      hint: `Their names would be in ${file}.`,
    })
  return hostsIn(file)
}

/**
 * Replaces `@FILE` in a pattern by the hosts that the file names.
 * @throws UsageError if the file does not exist or names no host
 */
export const withFiles = (pattern: string): string =>
  pattern.replace(/(^|[,:])([&!]?)@([^,:]+)/g, (_, before: string, sign: string, file: string) => {
    if (!existsSync(file)) throw new UsageError(`--limit: there is no file ${file}`)
    // Several patterns with & would have to match all at once, so this is one pattern that matches any of the hosts.
    if (sign === '&')
      return `${before}&~(${hostsIn(file)
        .map((host) => host.replaceAll('.', '\\.'))
        .join('|')})$`
    return (
      before +
      hostsIn(file)
        .map((host) => sign + host)
        .join(',')
    )
  })

function hostsIn(file: string): string[] {
  const hosts = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))
  if (hosts.length === 0) throw new UsageError(`${file} names no host`)
  return hosts
}

/**
 * Writes the file for `--retry`, or removes it if no host is unfinished.
 * @param ran the hosts of this run; other hosts that an earlier run did not finish stay in the file
 * @returns whether that worked; a run does not fail if it did not
 */
export function keepForRetry(file: string, unfinished: readonly string[], ran: readonly string[]): boolean {
  try {
    const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
    const all = [...before.filter((host) => !ran.includes(host)), ...unfinished]
    if (all.length === 0) rmSync(file, { force: true })
    else {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${all.join('\n')}\n`)
    }
    return true
  } catch {
    return false
  }
}
