import { z } from 'zod'
import { explain } from '../../runner/errors.ts'
import type { MaskedEvent } from '../../runner/events.ts'
import { type Inventory, type InventoryHost, parseInventory } from '../../runner/inventory/index.ts'
import type { LoginSettings } from '../../runner/login/logins.ts'
import type { OnHost } from '../../runner/play/on-host.ts'
import type { OnOptions } from '../../runner/play/on-options.ts'
import { Run, type RunSettings } from '../../runner/play/run.ts'
import { TaskFilter } from '../../runner/play/task-filter.ts'
import { plainLogins } from './login/plain-logins.ts'

export interface Ran {
  /** `host task status`, in order. */
  ended: string[]
  hosts: Record<string, string>
  left: readonly string[]
  events: MaskedEvent[]
  /** What went wrong, as a person reads it. */
  said: string
}

/** Runs work on hosts that are all this machine, over real shells. */
export function ran(
  names: string,
  options: OnOptions,
  work: (on: OnHost<unknown>) => Promise<void>,
  settings: Partial<RunSettings & LoginSettings> = {},
): Promise<Ran> {
  const inventory = parseInventory(
    `defaults: { connection: local, become: none }\nhosts: { ${names
      .split(' ')
      .map((name) => `${name}: {}`)
      .join(', ')} }\n`,
    'i.yaml',
    z.unknown(),
  )
  return ranOn(inventory, inventory.hosts, options, work, settings)
}

/** Runs work on some hosts of an inventory, as a program would, and gives what was told. */
export async function ranOn(
  inventory: Inventory,
  hosts: readonly InventoryHost[],
  options: OnOptions,
  work: (on: OnHost<unknown>) => Promise<void>,
  settings: Partial<RunSettings & LoginSettings> = {},
): Promise<Ran> {
  const events: MaskedEvent[] = []
  const run = new Run(
    {
      playbook: 'test',
      check: false,
      diff: false,
      forks: 25,
      signal: new AbortController().signal,
      reporters: [{ on: (event) => void events.push(event), end: async () => undefined }],
      filter: new TaskFilter(),
      inventory: inventory.hosts,
      logins: plainLogins({ hop: inventory.hop, ...settings }),
      mask: (text) => text,
      ...settings,
    },
    inventory.hosts.map((host) => host.name),
  )
  await run.on(hosts, options, work)
  const { unfinished: left, failures } = await run.end()
  return {
    ended: events.flatMap((event) =>
      event.type === 'task-end' ? [`${event.host} ${event.task} ${event.status}`] : [],
    ),
    hosts: Object.fromEntries(
      events.flatMap((event) => (event.type === 'host-end' ? [[event.host, event.status]] : [])),
    ),
    left,
    events,
    said: failures.flatMap(({ error }) => explain(error)).join('\n'),
  }
}
