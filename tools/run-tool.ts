import { errorText, exitStatusOf, isMain } from '../runner/index.ts'

/** Runs a tool if its file is the program that was started. If `cutover` imports it, this does nothing. */
export async function runTool(meta: ImportMeta, tool: (argv: readonly string[]) => Promise<number>): Promise<void> {
  if (!isMain(meta)) return
  try {
    process.exitCode = await tool(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(errorText(error))
    process.exitCode = exitStatusOf(error)
  }
}
