import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { CutoverError } from '../runner/index.ts'

let bundled: Promise<string> | undefined

/** The bundle of an installed package, which was made when the package was built. */
const prebuilt = new URL('cutover.mjs', import.meta.url)

/** The program that runs on a host, as one file. Without a prebuilt one it is built, once a run. */
export function hostBundle(): Promise<string> {
  bundled ??= existsSync(prebuilt) ? readFile(prebuilt, 'utf8') : bundle()
  return bundled
}

/**
 * Bundles the program. A host needs no SSH client, so ssh2 stays out.
 * @param entry the file that is run
 */
export async function bundle(entry = new URL('main.ts', import.meta.url).pathname): Promise<string> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifyWhitespace: true,
    legalComments: 'none',
    define: { CUTOVER_BUNDLED: 'true' },
    banner: {
      js: "import { createRequire as cutoverRequire } from 'node:module'; const require = cutoverRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'without-ssh',
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /^ssh2$/ }, () => ({ path: 'ssh2', namespace: 'left-out' }))
          onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export default {}' }))
          // A host has no node_modules, so the packages must be imported into the file and not required at run time.
          onLoad({ filter: /runner\/packages\.ts$/ }, ({ path }) => ({
            loader: 'ts',
            contents: readFileSync(path, 'utf8').replace(/^.*createRequire.*$/gm, ''),
          }))
          // In one file, what is read late is no shorter.
          onLoad({ filter: /runner\/zod-messages\.ts$/ }, () => ({
            contents: 'export const lateMessages = () => undefined',
          }))
        },
      },
    ],
    external: ['fsevents', 'chokidar'],
  })
  const [file] = outputFiles
  if (!file) throw new CutoverError('esbuild wrote no file')
  return file.text
}
