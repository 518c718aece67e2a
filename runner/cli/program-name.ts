import { basename, relative } from 'node:path'

/**
 * What a person typed to start this program, for help texts and hints: `npx tsx playbooks/deploy.ts`, `cutover deploy`.
 */
export function programName(argv: readonly string[] = process.argv): string {
  const [, file = ''] = argv
  const command = process.env.CUTOVER_COMMAND
  if (command !== undefined) return command
  const path = relative(process.cwd(), file)
  return `${basename(file).endsWith('.ts') ? 'npx tsx' : 'node'} ${path.startsWith('..') ? file : path}`
}
