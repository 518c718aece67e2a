import { CutoverError, type Host, type HostView } from '../../runner/index.ts'

/** Starts, stops, restarts or reloads a unit. @throws CutoverError with what it last logged */
export async function systemctl(host: Host, verb: string, unit: string): Promise<void> {
  try {
    await host.$`systemctl ${verb} -- ${unit}`
  } catch (cause) {
    throw await unitError(host, unit, { reason: `${unit} did not ${verb}`, cause })
  }
}

/** What is wrong with a unit, with the last lines that it logged. */
export async function unitError(
  host: HostView,
  unit: string,
  { reason, cause }: { reason: string; cause?: unknown },
): Promise<CutoverError> {
  const { stdout } = await host.quiet({ nothrow: true })`systemctl status --no-pager --full --lines=20 -- ${unit}`
  return new CutoverError(reason, { cause, hint: stdout.trim() || `On the host: systemctl status ${unit}` })
}
