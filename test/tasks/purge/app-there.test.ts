import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const sources = ['tasks', 'program', 'playbooks'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join(folder, name))),
)

it('a purge knows every name in an app’s folder that our code writes', () => {
  const written = sources.flatMap((source) =>
    [...source.matchAll(/\$\{paths\.app\([^)]*\)\}\/([\w.-]+)/g)].map(([, name = '']) => name),
  )
  const listed: readonly string[] = read('templates/host/app-there.sh').match(/[\w.-]+(?=[|)])/g) ?? []
  expect(written.length).toBeGreaterThan(10)
  expect([...new Set(written)].filter((name) => !listed.includes(name)).sort()).toEqual([])
})
