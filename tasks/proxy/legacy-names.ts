import type { HostView } from '../../runner/index.ts'
import { containerName, other, type Slot } from '../app/index.ts'
import { type Container, inspectContainers, isOurs } from '../docker/index.ts'
import { paths, publicNetwork, slotNetwork } from '../paths.ts'

/** The address of a container, and whether it keeps it. */
function addressOf({ NetworkSettings: { Networks } }: Container): { address: string; isKept: boolean } {
  const joined = Object.entries(Networks).filter(([, { IPAddress }]) => IPAddress !== '')
  const [name = '', network] =
    joined.find(([each]) => each.startsWith(slotNetwork(''))) ??
    joined.find(([each]) => each === publicNetwork) ??
    joined[0] ??
    []
  return { address: network?.IPAddress ?? '', isKept: name.startsWith(slotNetwork('')) }
}

/**
 * Lines for /etc/hosts (`shop-blue:172.20.255.254`) of the containers that routes call by their names: slots that an older
 * Cutover made, and what a person has routed there. Docker resolves no names on the host's network. A route that this
 * version made has the address itself.
 * @param tell is called for a container that may have another address after it was restarted
 */
export async function legacyNames(host: HostView, tell: (note: string) => void): Promise<string[]> {
  const { stdout } = await host.$({
    nothrow: true,
  })`cd ${paths.dynamic} 2>/dev/null && grep -hoE '://[A-Za-z0-9_-]+([^.A-Za-z0-9_-]|$)' *.yaml *.yml 2>/dev/null`
  const named = [...stdout.matchAll(/:\/\/([A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*)/g)].map(([, name = '']) => name)
  // While a release is watched, it may go back to the other slot.
  const others = named.flatMap((name) => {
    const [, app, slot] = /^(.+)-(blue|green)$/.exec(name) ?? []
    return app === undefined ? [] : [containerName(app, other(slot as Slot))]
  })
  const names = [...new Set([...named, ...others])].filter((name) => name !== 'localhost')
  if (names.length === 0) return []
  return (await inspectContainers(host, names))
    .flatMap((container) => {
      const name = container.Name.slice(1)
      const { address, isKept } = addressOf(container)
      if (address === '') return []
      if (!isKept && !isOurs(container.Config.Labels))
        tell(
          `a route in ${paths.dynamic} calls the container ${name} by its name: Traefik is on the host's network and knows ` +
            `it at ${address}, which may be another after a restart. Give it a fixed address, and the route that`,
        )
      return [`${name}:${address}`]
    })
    .sort()
}
