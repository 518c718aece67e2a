import { type Change, type Task, task } from '../../runner/index.ts'

/** The `Key=value` lines that `systemctl show` prints. A unit that does not exist has an empty UnitFileState. */
const parseUnit = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

/**
 * A systemd service runs, and is started at boot.
 * @example
 * service('nginx')
 */
export function service(name: string): Task {
  return task<Change>({
    name: `service ${name}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`systemctl show -p ActiveState,UnitFileState -- ${name}`
      const { ActiveState: active, UnitFileState: enabled } = parseUnit(stdout)
      return active === 'active' && enabled === 'enabled'
        ? null
        : { summary: `${active || 'missing'}, ${enabled || 'missing'} → active, enabled` }
    },
    apply: async (host) => {
      await host.$`systemctl enable --now -- ${name}`
    },
  })
}
