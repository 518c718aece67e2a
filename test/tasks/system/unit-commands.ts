/** The command that asks systemd about a unit, as a scripted host gets it. */
export function show(unit: string): string {
  const properties =
    'LoadState,ActiveState,UnitFileState,NeedDaemonReload,Type,RemainAfterExit,WantedBy,RequiredBy,ActiveEnterTimestamp,ExecMainStartTimestamp'
  const words = `show -p ${properties} -- ${unit}`
  return `export LC_ALL=C TZ=UTC; systemctl --timestamp=us ${words} 2>/dev/null || systemctl ${words}`
}

/** What it prints about a service that runs and is enabled, since 10:00 and half a second, but for some properties. */
export const unitOf = (properties: Record<string, string> = {}): string =>
  Object.entries({
    LoadState: 'loaded',
    ActiveState: 'active',
    UnitFileState: 'enabled',
    NeedDaemonReload: 'no',
    Type: 'simple',
    RemainAfterExit: 'no',
    WantedBy: 'multi-user.target',
    RequiredBy: '',
    ActiveEnterTimestamp: 'Fri 2026-11-27 10:00:00.500000 UTC',
    ExecMainStartTimestamp: 'Fri 2026-11-27 10:00:00.400000 UTC',
    ...properties,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')

export const inactive = { ActiveState: 'inactive', ActiveEnterTimestamp: '', ExecMainStartTimestamp: '' }
