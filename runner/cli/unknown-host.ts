import type { Host } from '../host/index.ts'
import type { InventoryHost } from '../inventory/index.ts'

/**
 * Thrown in a listing when a playbook needs a host to go on: what comes after depends on what the host would answer.
 */
export class NeedsHost extends Error {}

/**
 * A value that only a host could give: to read anything of it throws NeedsHost. `await` reads `then`, which is
 * harmless.
 */
export function unknownValue(host: string): object {
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (key === 'then') return undefined
        throw new NeedsHost(host)
      },
    },
  )
}

/** A host of a listing, to which there is no connection: every access throws NeedsHost. */
export function unknownHost({ name, connection, target: { address, port, user } }: InventoryHost): Host {
  const fail = (): never => {
    throw new NeedsHost(name)
  }
  const reject = (): Promise<never> => {
    const rejected = Promise.reject<never>(new NeedsHost(name))
    // Of several that a playbook starts together, one may end it before it comes to the others.
    rejected.catch(() => undefined)
    return rejected
  }
  return {
    name,
    login: { address, port, user },
    connection,
    $: fail,
    quiet: fail,
    live: fail,
    progress: () => undefined,
    fact: reject,
    stat: reject,
    read: reject,
    bytes: reject,
    file: reject,
    write: reject,
    upload: reject,
    fetch: reject,
    feed: reject,
    spawn: reject,
    withNewConnection: reject,
    reconnect: reject,
  }
}
