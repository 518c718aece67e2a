import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { glob } from '../../glob.ts'
import { expandHome } from '../../home-path.ts'

/**
 * The files that an `Include` names, in order. `~` is the home directory, and every part of the path may be a pattern.
 * @param base the folder where a relative path starts.
 */
export function filesOf(pattern: string, base: string): string[] {
  const path = resolve(base, expandHome(pattern))
  return path
    .split('/')
    .slice(1)
    .reduce<string[]>((paths, part) => paths.flatMap((folder) => entriesOf(folder, part)), ['/'])
    .filter((file) => statSync(file).isFile())
}

/**
 * The entries of a folder that match one part of a path. A pattern matches hidden files only if it begins with a dot.
 */
function entriesOf(folder: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return existsSync(join(folder, part)) ? [join(folder, part)] : []
  const pattern = glob(part)
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return []
  return readdirSync(folder)
    .filter((name) => pattern.test(name) && (part.startsWith('.') || !name.startsWith('.')))
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
}
