import { type Change, type Task, task } from '../runner/index.ts'

/** A systemd service runs, now and after a boot. */
export function service(name: string): Task {
  return task<Change>({
    name: `service ${name}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`systemctl is-active -- ${name}; systemctl is-enabled -- ${name}`
      const [active, enabled] = stdout.trim().split('\n')
      return active === 'active' && enabled === 'enabled' ? null : { summary: `${active ?? 'missing'}, ${enabled ?? 'missing'} → active, enabled` }
    },
    apply: async (host) => {
      await host.$`systemctl enable --now -- ${name}`
    },
  })
}
