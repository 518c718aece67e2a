import { type Fact, z } from '../../../runner/index.ts'

/** How a unit of systemd is, in systemd's own words. */
export interface UnitState {
  /** active, inactive, failed, activating, … */
  active: string
  /** running, exited, dead, listening, waiting, … */
  sub: string
  /** Of its file: enabled, disabled, static, masked, … Undefined for a unit without a file. */
  enabled?: string
  /** Undefined for a unit that is not loaded. */
  description?: string
}

/** By the whole name: `ssh.service`, `apt-daily.timer`. */
export type Units = ReadonlyMap<string, UnitState>

const unitList = z.array(
  z.object({ unit: z.string(), load: z.string(), active: z.string(), sub: z.string(), description: z.string() }),
)
const fileList = z.array(z.object({ unit_file: z.string(), state: z.string() }))

/** Parses the JSON of `systemctl list-units` and, in the next line, of `systemctl list-unit-files`. */
export function parseServices(stdout: string): Units {
  const [units = '', files = ''] = stdout.split('\n')
  const enabled = new Map(fileList.parse(JSON.parse(files)).map(({ unit_file: name, state }) => [name, state]))
  const known = new Map<string, UnitState>()
  // A template (`getty@.service`) is not a unit itself: its instances are.
  for (const [name, state] of enabled)
    if (!name.includes('@.')) known.set(name, { active: 'inactive', sub: 'dead', enabled: state })
  for (const { unit, load, active, sub, description } of unitList.parse(JSON.parse(units))) {
    // Only another unit names it: there is no such unit.
    if (load === 'not-found') continue
    const state = enabled.get(unit) ?? enabled.get(unit.replace(/@.*\./, '@.'))
    known.set(unit, { active, sub, description, ...(state !== undefined && { enabled: state }) })
  }
  return known
}

const types = '--type=service,socket,timer'

/**
 * The services, sockets and timers of systemd, with their states.
 *
 * @example
 * export const stateOfNginx = async (host: HostView) => (await host.fact(servicesFact)).get('nginx.service')?.active
 */
export const servicesFact: Fact<Units> = {
  name: 'services',
  command: [
    'sh',
    '-euc',
    `units=$(systemctl list-units --all ${types} --output=json --no-pager)
files=$(systemctl list-unit-files ${types} --output=json --no-pager)
printf '%s\\n' "$units" "$files"`,
  ],
  parse: parseServices,
}
