import { readFileSync } from 'node:fs'
import { CutoverError } from '../runner/index.ts'

let built: Promise<string> | undefined

/** The program that runs on a host, as one file. Built once a run; a host needs no SSH client, so ssh2 stays out. */
export function hostBundle(): Promise<string> {
  built ??= bundle()
  return built
}

async function bundle(): Promise<string> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [new URL('main.ts', import.meta.url).pathname],
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
          // There is no node_modules on a host: what is required must be in the file.
          onLoad({ filter: /runner\/packages\.ts$/ }, ({ path }) => ({
            loader: 'ts',
            contents: readFileSync(path, 'utf8').replace(/^.*createRequire.*$/gm, ''),
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
