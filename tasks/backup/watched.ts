import { CommandError, type HostView } from '../../runner/index.ts'

/**
 * Runs a long command that shows its progress, and writes what it says otherwise to a file, which is then removed.
 * @returns whether it failed, and what it said; a lost connection or an interruption is thrown on
 */
export async function watched(
  host: HostView,
  file: string,
  run: () => PromiseLike<unknown>,
): Promise<{ failed: boolean; said: string }> {
  let failed = false
  try {
    await run()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    failed = true
  }
  const { stdout } = await host.quiet({ nothrow: true })`cat ${file}; rm -f ${file}`
  return { failed, said: stdout }
}
