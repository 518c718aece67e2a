import { nearest, type Serial, UsageError } from '../../../runner/index.ts'

interface Order<H> {
  hosts: H[]
  serial: Serial | undefined
}

/**
 * The hosts of a release and their batches where one host goes first and alone.
 * @param mayFail the others would follow if it failed
 * @throws UsageError for a host that is none of them
 */
export function hostFirst<H extends { name: string }>(
  name: string | undefined,
  { hosts, serial, mayFail }: Order<H> & { mayFail: boolean },
): Order<H> {
  if (name === undefined) return { hosts, serial }
  if (mayFail)
    throw new UsageError('--canary-host stops the release if that host fails, and --keep-going and --max-fail do not', {
      hint: 'Leave one of them out.',
    })
  const first = hosts.find((host) => host.name === name)
  const names = hosts.map((host) => host.name)
  if (!first)
    throw new UsageError(`--canary-host: '${name}' is none of the hosts of this release`, {
      hint: nearest(name, names) ?? `They are: ${names.join(', ')}.`,
    })
  const others = hosts.filter((host) => host !== first)
  return { hosts: [first, ...others], serial: [1, ...[serial ?? Math.max(1, others.length)].flat()] }
}
