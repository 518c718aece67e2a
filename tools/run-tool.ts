import { isMain, printingErrors } from '../runner/index.ts'

/** Runs a tool if its file is the program that was started. If `cutover` imports it, this does nothing. */
export async function runTool(meta: ImportMeta, tool: (argv: readonly string[]) => Promise<number>): Promise<void> {
  if (isMain(meta)) process.exitCode = await printingErrors(() => tool(process.argv.slice(2)))
}
