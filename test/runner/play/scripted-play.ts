import { vi } from 'vitest'
import { z } from 'zod'
import { explain } from '../../../runner/errors.ts'
import type { Event } from '../../../runner/events.ts'
import { ConnectionPool } from '../../../runner/host/connection-pool.ts'
import type { HostConnection } from '../../../runner/host/index.ts'
import { Logins } from '../../../runner/login/logins.ts'
import { type InventoryHost, parseInventory } from '../../../runner/inventory/index.ts'
import type { OnHost } from '../../../runner/play/on-host.ts'
import type { OnOptions } from '../../../runner/play/on-options.ts'
import { Run, type RunSettings } from '../../../runner/play/run.ts'
import { TaskFilter } from '../../../runner/play/task-filter.ts'
import { Semaphore } from '../../../runner/semaphore.ts'
import { plainLogins } from '../login/plain-logins.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'

export interface ScriptedPlay {
  run: Run
  hosts: readonly InventoryHost[]
  events: Event[]
  /** What each host was asked to do, by its name. */
  scripted: Map<string, ScriptedHost>
  on: (options: OnOptions, work: (on: OnHost<unknown>) => Promise<void>) => Promise<PlayResult>
}

interface PlayResult {
  /** `host task status`, in order. */
  ended: string[]
  /** `host status` of each end of a host, in order. */
  hosts: string[]
  /** The failures, as the closing report explains them. */
  explained: string[]
}

/** The commands that keep notes of pending handlers; a task of these tests runs none. */
const script = (): string => ''

/** Replaces all connections of the tests that follow by scripted hosts. @returns the hosts, by name */
export function scriptConnections(unreachable: Readonly<Record<string, Error>> = {}): Map<string, ScriptedHost> {
  const scripted = new Map<string, ScriptedHost>()
  const connections = new Map<string, HostConnection>()
  vi.spyOn(Logins.prototype, 'ahead').mockReturnValue(undefined)
  vi.spyOn(ConnectionPool.prototype, 'to').mockImplementation(async ({ name }) => {
    if (unreachable[name]) throw unreachable[name]
    const known = connections.get(name)
    if (known) return known
    const host = new ScriptedHost(script)
    scripted.set(name, host)
    const connection = {
      name,
      mutex: new Semaphore(1),
      facts: { changed: () => undefined },
      generation: 0,
      lost: () => undefined,
      reconnect: async () => false,
      host: () => host.host,
    } as unknown as HostConnection
    connections.set(name, connection)
    return connection
  })
  return scripted
}

/** A run on scripted hosts: no connection is made. `unreachable` hosts reject instead. */
export function scriptedPlay(
  names: readonly string[],
  settings: Partial<RunSettings> & { unreachable?: Record<string, Error> } = {},
): ScriptedPlay {
  const { unreachable = {}, ...more } = settings
  const scripted = scriptConnections(unreachable)
  const inventory = parseInventory(
    `hosts: { ${names.map((name) => `${name}: {}`).join(', ')} }\n`,
    'i.yaml',
    z.unknown(),
  )
  const events: Event[] = []
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
      logins: plainLogins({ hop: inventory.hop }),
      mask: (text) => text,
      ...more,
    },
    inventory.hosts.map((host) => host.name),
  )
  return {
    run,
    hosts: inventory.hosts,
    events,
    scripted,
    on: async (options, work) => {
      await run.on(inventory.hosts, options, work)
      const { failures } = await run.end()
      return {
        ended: events.flatMap((event) =>
          event.type === 'task-end' ? [`${event.host} ${event.task} ${event.status}`] : [],
        ),
        hosts: events.flatMap((event) => (event.type === 'host-end' ? [`${event.host} ${event.status}`] : [])),
        explained: failures.flatMap(({ error }) => explain(error)),
      }
    },
  }
}
