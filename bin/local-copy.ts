import { realpathSync } from 'node:fs'
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
  const main = join(dirname(realpathSync(manifest)), 'dist/bin/main.js')
  const own = realpathSync(
    fileURLToPath(new URL(`./main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)),
  )
  return main === own ? undefined : pathToFileURL(main).href
}
