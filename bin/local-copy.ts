import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * The main module of the cutover that is installed in the current folder, if it is another one than this: playbooks
 * there import that one, and two copies in one process would not know each other's errors.
 */
export function localCopy(cwd: string = process.cwd()): string | undefined {
  let manifest
  try {
    manifest = createRequire(join(cwd, 'playbook.js')).resolve('cutover/package.json')
  } catch {
    return undefined
  }
  const root = dirname(realpathSync(manifest))
  const main = join(root, 'dist/bin/main.js')
  return root === packageRoot() || !existsSync(main) ? undefined : pathToFileURL(main).href
}

/** The folder of this package: one folder up in the repository, two in a package, whose code is in dist/. */
function packageRoot(): string {
  const here = dirname(realpathSync(fileURLToPath(import.meta.url)))
  return join(here, here.endsWith('/dist/bin') ? '../..' : '..')
}
