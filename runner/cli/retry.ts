import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'

/** Where a run leaves the names of the hosts that it did not finish: beside the inventory, one a line. */
export const retryFile = (inventory: string, playbook: string): string =>
  join(dirname(resolve(inventory)), '.cutover', `${playbook.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.retry`)

/** The hosts that `--retry` limits a run to; some may have left the inventory since. @throws UsageError if the last run finished everywhere */
export function toRetry(file: string): string[] {
  if (!existsSync(file))
    throw new UsageError('--retry: the last run of this playbook left no host unfinished', {
      hint: `They would stand in ${file}.`,
    })
  return hostsIn(file)
}

/** A pattern in which `@FILE` stands for the hosts of a file. @throws UsageError */
export const withFiles = (pattern: string): string =>
  pattern.replace(/(^|[,:])([&!]?)@([^,:]+)/g, (_, before: string, sign: string, file: string) => {
    if (!existsSync(file)) throw new UsageError(`--limit: there is no file ${file}`)
    // To be one of several is a single condition.
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
 * Keeps the hosts that a run did not finish, or none.
 * @param ran the hosts that it was limited to: what an earlier run left of others stays.
 * @returns whether it could be kept; a run is no worse without.
 */
export function keepForRetry(file: string, left: readonly string[], ran: readonly string[]): boolean {
  try {
    const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
    const all = [...before.filter((host) => !ran.includes(host)), ...left]
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
