import { type Change, type Task, task } from '../../runner/index.ts'
import { packages } from './packages.ts'
import { unit } from './unit.ts'

/** Programs that set the clock, by their units, and what Debian brings itself last. */
const units = ['chrony', 'chronyd', 'ntpsec', 'ntpd', 'ntp', 'openntpd', 'systemd-timesyncd']

/** Prints `container`, or the first unit that runs, is enabled or is there. A host never gets a second one. */
const script = `if systemd-detect-virt --quiet --container; then echo container; exit; fi
for verb in is-active is-enabled cat; do
  for unit; do
    if systemctl "$verb" "$unit.service" >/dev/null 2>&1; then echo "$unit"; exit; fi
  done
done`

/**
 * The clock of a host is set by a program that asks servers for the time: the one that is there, such as chrony, and else
 * systemd-timesyncd, which is installed. A container has the clock of its machine.
 */
export function timeSync(tell: (note: string) => void): Task {
  const tasksFor = (there: string): Task[] => {
    if (there === 'container') return []
    return [
      ...(there === '' ? [packages({ present: ['systemd-timesyncd'] })] : []),
      unit(there || 'systemd-timesyncd', { running: true, enabled: true }),
    ]
  }
  return task<Change & { there: string }>({
    name: 'time synchronization',
    check: async (host) => {
      const there = (await host.quiet`${['sh', '-c', script, 'sh', ...units]}`).stdout.trim()
      if (there === 'container') tell(`${host.name} is a container: its clock is that of its machine`)
      if (there === '') return { summary: 'install systemd-timesyncd', there }
      for (const each of tasksFor(there)) {
        const change = await each.check(host)
        if (change) return { summary: `${there}: ${change.summary}`, there }
      }
      return null
    },
    apply: async (host, { there }) => {
      for (const each of tasksFor(there)) {
        const change = await each.check(host)
        if (change) await each.apply(host, change)
      }
    },
  })
}
