import { type HostView, MissingError } from '../../runner/index.ts'

/** What systemd knows about a unit. A time is in ms since 1970; null: never, or not since the host started. */
export interface UnitState {
  /** loaded, not-found, masked, bad-setting, error … */
  load: string
  /** active, inactive, failed, activating … */
  active: string
  /** enabled, disabled, static, masked …; '' for a unit without a file. */
  enabled: string
  /** Its file was changed since systemd read it. */
  outdated: boolean
  /** A service that does something once, and then has ended. */
  oneshot: boolean
  /** Something starts it when it is started itself, such as the boot. */
  wanted: boolean
  started: number | null
}

const properties = [
  ...['LoadState', 'ActiveState', 'UnitFileState', 'NeedDaemonReload', 'Type', 'RemainAfterExit', 'WantedBy'],
  ...['RequiredBy', 'ActiveEnterTimestamp', 'ExecMainStartTimestamp'],
]

/** @throws MissingError on a host without a running systemd */
export async function unitState(host: HostView, unit: string): Promise<UnitState> {
  const show = ['show', '-p', properties.join(','), '--', unit]
  // Before version 247, systemd has whole seconds only.
  const { stdout } = await host.$({
    nothrow: true,
  })`export LC_ALL=C TZ=UTC; systemctl --timestamp=us ${show} 2>/dev/null || systemctl ${show}`
  if (!stdout.includes('LoadState='))
    throw new MissingError('systemd does not run on this host', { hint: 'Its units can be managed once it does.' })
  return parseUnit(stdout)
}

/** Parses the `Key=value` lines that `systemctl show` prints. */
function parseUnit(stdout: string): UnitState {
  const values = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  )
  const get = (property: string): string => values.get(property) ?? ''
  const oneshot = get('Type') === 'oneshot' && get('RemainAfterExit') === 'no'
  return {
    load: get('LoadState'),
    active: get('ActiveState'),
    enabled: get('UnitFileState'),
    outdated: get('NeedDaemonReload') === 'yes',
    oneshot,
    wanted: get('WantedBy') !== '' || get('RequiredBy') !== '',
    started: timeOf(get(oneshot ? 'ExecMainStartTimestamp' : 'ActiveEnterTimestamp')),
  }
}

/** A time such as `Fri 2026-11-27 03:10:40.123456 UTC`, in ms with a fraction. */
function timeOf(text: string): number | null {
  const [, date, time, fraction = '0'] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))? UTC$/.exec(text) ?? []
  return date === undefined ? null : Date.parse(`${date}T${time}Z`) + Number(`0.${fraction}`) * 1000
}

/**
 * When the newest of some files was changed, in ms since 1970; of a folder, the newest file in it.
 * @throws MissingError if one is not there
 */
export async function newestChange(host: HostView, paths: readonly string[]): Promise<number> {
  const { stdout, exitCode } = await host.quiet({
    nothrow: true,
  })`${['find', '-L', ...paths, '-type', 'f', '-printf', '%T@\\n']} 2>/dev/null`
  if (exitCode !== 0)
    throw new MissingError(`not all of these are there: ${paths.join(' ')}`, {
      hint: 'They are what `restartOn` names.',
    })
  return Math.max(0, ...stdout.split('\n').map((line) => Number(line) * 1000))
}
