import { realpathSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { CutoverError } from './errors.ts'

/**
 * The file that a template includes by a name; null if there is none.
 * @param root the folder of the template that is rendered
 * @throws CutoverError if it is outside of that folder, also by a link
 */
export function includedPath(root: string, name: string): string | null {
  const path = resolve(root, name)
  if (!isBelow(root, path)) throw outside(name, root)
  let real: string
  try {
    real = realpathSync(path)
  } catch {
    return null
  }
  if (!isBelow(realpathSync(root), real)) throw outside(name, root)
  return path
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

const outside = (name: string, root: string): CutoverError =>
  new CutoverError(`'${name}' is not below ${root}: a template includes only what is in its own folder`)
