import { nearest, type Serial, UsageError } from '../../../runner/index.ts'

interface Order<H> {
  hosts: H[]
  serial: Serial | undefined
}

/** The hosts of a release and their batches where one host goes first and alone. @throws UsageError for another host */
export function hostFirst<H extends { name: string }>(name: string | undefined, { hosts, serial }: Order<H>): Order<H> {
  if (name === undefined) return { hosts, serial }
  const first = hosts.find((host) => host.name === name)
  const names = hosts.map((host) => host.name)
  if (!first)
    throw new UsageError(`--canary-host: '${name}' is none of the hosts of this release`, {
      hint: nearest(name, names) ?? `They are: ${names.join(', ')}.`,
    })
  const others = hosts.filter((host) => host !== first)
  return { hosts: [first, ...others], serial: [1, ...[serial ?? Math.max(1, others.length)].flat()] }
}
