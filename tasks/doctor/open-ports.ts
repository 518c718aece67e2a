import { type Change, type Task, task } from '../../runner/index.ts'
import { isDockers, parseListeners } from '../system/index.ts'
import type { Check } from './check.ts'
import { containersScript, parseContainers, type Running } from './containers.ts'

const listenersScript = 'ss -Hlntup'

/**
 * What others reach on a host without a firewall: `22/tcp (sshd)`, `5432/tcp (container db)`. A published port may have
 * no listener, where Docker runs without its proxy.
 * @param shown the output of `ss -Hlntup`
 */
function openPorts(shown: string, containers: readonly Running[]): string[] {
  const published = new Map(
    containers.flatMap(({ name, reachable }) => reachable.map((port) => [port, `container ${name}`] as const)),
  )
  const programs = new Map(
    parseListeners(shown).map((listener) => [
      listener.port,
      isDockers(listener) ? (published.get(listener.port) ?? 'a container') : listener.program,
    ]),
  )
  return [...new Map([...published, ...programs])]
    .map(([port, program]) => ({ number: Number.parseInt(port, 10), text: `${port} (${program})` }))
    .sort((a, b) => a.number - b.number || a.text.localeCompare(b.text))
    .map(({ text }) => text)
}

const words = (open: readonly string[]): string =>
  open.length === 0
    ? 'nothing here listens for others'
    : `unless something else filters, others reach ${open.join(', ')}`

/** What is open on a host whose firewall the inventory leaves alone. */
export const openPortsCheck: Check = {
  name: 'open',
  script: ({ settings }) => (settings.firewall.enabled ? '' : listenersScript),
  find: (shown, { settings, containers }) =>
    settings.firewall.enabled ? [] : [{ severity: 'note', text: words(openPorts(shown, containers)) }],
}

/** Tells what is open on a host whose firewall the inventory leaves alone. It changes nothing. */
export function openPortsTold(tell: (note: string) => void): Task {
  return task<Change>({
    name: 'firewall: left alone',
    check: async (host) => {
      const { stdout } = await host.quiet`${['sh', '-c', `${listenersScript}; echo '=='; ${containersScript}`]}`
      const [listeners = '', containers = ''] = stdout.split('==\n')
      tell(
        `the inventory leaves the firewall alone (firewall.enabled: false): ${words(openPorts(listeners, parseContainers(containers)))}`,
      )
      return null
    },
    apply: async () => undefined,
  })
}
