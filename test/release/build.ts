import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../../lab/exec.ts'
import { bundle } from '../../program/bundle.ts'
import { ownVersion } from '../../tasks/version.ts'

const root = join(import.meta.dirname, '../..')

/** The package, built once more beside `dist/`: its command and its program on a host can be cut. */
export interface Build {
  /** The words that start the command. */
  command: readonly string[]
  remove(): void
}

/**
 * Builds it in a folder of its own, so that tests that build the package at the same time do not disturb.
 * @param version what it takes itself for; the last line of its program on a host names it
 */
export async function buildCuttable(name: string, version = ownVersion()): Promise<Build> {
  const folder = join(root, '.cutover', name)
  const dist = join(folder, 'dist')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['-p', join(import.meta.dirname, 'tsconfig.json'), '--noCheck', '--outDir', dist]
  const [, program] = await Promise.all([
    exec([process.execPath, compiler, ...options]),
    bundle(join(import.meta.dirname, 'program.ts')),
  ])
  for (const each of ['templates', 'schema']) cpSync(join(root, each), join(dist, each), { recursive: true })
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }))
  // Setup sends this one to the hosts.
  writeFileSync(join(dist, 'program/cutover.mjs'), `${program}\n// ${version}\n`)
  return {
    command: [process.execPath, ...['--import', join(dist, 'test/release/cut-at.js')], join(dist, 'bin/cutover.js')],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
