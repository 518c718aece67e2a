import { existsSync, readdirSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { commonOptions, type Playbook, UsageError } from '../runner/index.ts'

const endings = ['.ts', '.js', '.mjs']

/** The folder `playbooks` beside the inventory that a command line names. */
function folder(argv: readonly string[]): string {
  const { inventory } = commonOptions
  // The other options are not known before the playbook is.
  const { values } = parseArgs({ args: [...argv], options: { inventory }, strict: false })
  return join(dirname(resolve(String(values.inventory))), 'playbooks')
}

/** The names of the playbooks in that folder. */
export function ownPlaybooks(argv: readonly string[]): string[] {
  const path = folder(argv)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => endings.includes(extname(name)) && !name.endsWith('.d.ts'))
    .map((name) => name.slice(0, -extname(name).length))
    .sort()
}

/** A playbook of that folder, by its name; undefined if there is none. @throws UsageError for a file that exports no playbook */
export async function ownPlaybook(name: string, argv: readonly string[]): Promise<Playbook | undefined> {
  if (!ownPlaybooks(argv).includes(name)) return undefined
  const path = endings.map((ending) => join(folder(argv), name + ending)).find((each) => existsSync(each))
  if (path === undefined) return undefined
  await readTypeScript(path)
  const { default: book } = (await import(pathToFileURL(path).href)) as { default?: Partial<Playbook> }
  if (typeof book?.work !== 'function')
    throw new UsageError(`${path} does not export a playbook`, {
      hint: 'It ends with: export default playbook(…)',
    })
  return book as Playbook
}

/** Node 22.18 and newer read TypeScript by themselves. For older ones tsx does it. */
async function readTypeScript(path: string): Promise<void> {
  if (!path.endsWith('.ts') || (process.features as { typescript?: unknown }).typescript) return
  const { register } = await import('tsx/esm/api')
  register()
}
