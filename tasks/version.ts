import { existsSync, readFileSync } from 'node:fs'

/** The version of this Cutover. Its package.json is one folder up in the repository, and two in a package. */
export function ownVersion(): string {
  const [nearest, next] = [new URL('../package.json', import.meta.url), new URL('../../package.json', import.meta.url)]
  const manifest = readFileSync(existsSync(nearest) ? nearest : next, 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
