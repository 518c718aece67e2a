import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const rooms = ['runner', 'tasks', 'program', 'playbooks', 'tools', 'bin']
const product = rooms.flatMap(files)

interface Arrow {
  from: string
  to: string
}

const arrows: Arrow[] = product.flatMap((from) =>
  [...read(from).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, to = '']) => ({
    from,
    to: join(dirname(from), to),
  })),
)
const shown = ({ from, to }: Arrow): string => `${from} → ${to}`

/** The room of a file: its folder, of which folders below are a part; the flat files of runner/ and tasks/ are one together. */
const roomOf = (path: string): string => dirname(path).split('/').slice(0, 2).join('/')

/** A room may use those that stand before it. */
const order = [
  'runner',
  'runner/secret',
  'runner/connection',
  'runner/inventory',
  'runner/login',
  'runner/host',
  'runner/report',
  'runner/task',
  'runner/play',
  'runner/cli',
  'tasks',
  'tasks/system',
  'tasks/docker',
  'tasks/postgres',
  'tasks/app',
  'tasks/proxy',
  'tasks/doctor',
  'tasks/blue-green',
  'tasks/backup',
  'tasks/purge',
  'program',
  'playbooks',
  'tools',
  'bin',
]

/** They stand at the bottom, and are made of what stands above: the barrels for authors, and templates, which may hold secrets. */
const exceptions = ['runner/index.ts', 'runner/template.ts', 'tasks/authors.ts']

describe('arrows point one way', () => {
  it('a room uses only rooms below it', () => {
    expect([...new Set(product.map(roomOf))].filter((room) => !order.includes(room))).toEqual([])
    const upward = arrows.filter(
      ({ from, to }) => !exceptions.includes(from) && order.indexOf(roomOf(to)) > order.indexOf(roomOf(from)),
    )
    expect(upward.map(shown)).toEqual([])
  })

  it('nothing of the product uses the lab, the tests or the benchmarks', () => {
    expect(arrows.filter(({ to }) => /^(lab|test|bench)\//.test(to)).map(shown)).toEqual([])
  })

  it('nobody goes past the index of a folder', () => {
    const indexes = product.filter((path) => path.endsWith('/index.ts')).map(dirname)
    const past = arrows.filter(({ from, to }) =>
      indexes.some((folder) => isBelow(to, folder) && !isBelow(from, folder) && relative(folder, to) !== 'index.ts'),
    )
    expect(past.filter(({ from }) => !exceptions.includes(from)).map(shown)).toEqual([])
  })

  it('there is no circle', () => {
    const next = new Map(product.map((path) => [path, arrows.filter(({ from }) => from === path)]))
    const done = new Set<string>()
    const visit = (path: string, way: readonly string[]): string[] => {
      if (way.includes(path)) return [[...way.slice(way.indexOf(path)), path].join(' → ')]
      if (done.has(path)) return []
      const found = (next.get(path) ?? []).flatMap(({ to }) => visit(to, [...way, path]))
      done.add(path)
      return found
    }
    expect(product.flatMap((path) => visit(path, []))).toEqual([])
  })
})

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

describe('a library', () => {
  it.each(['zx', 'listr2', 'ssh2', 'nunjucks'])('%s has one user', (library) => {
    const direct = new RegExp(`(?:from|import\\()\\s*'${library}(?:/[^']*)?'`)
    const lazy = new RegExp(`import \\{[^}]*\\b${library}\\b[^}]*\\} from '[./]*/packages\\.ts'`)
    const users = product.filter((path) => path !== 'runner/packages.ts' && valueImports(path, direct, lazy))
    expect(users).toHaveLength(1)
  })
})

/** Whether a file loads a package, and not only its types. */
const valueImports = (path: string, ...patterns: readonly RegExp[]): boolean =>
  patterns.some((pattern) => pattern.test(read(path).replace(/import type [^;]*?from '[^']+'/g, '')))

describe('the runner', () => {
  it('knows nothing of servers', () => {
    const names = /\b(docker|traefik|apt-get|postgres|ufw|compose)\b/i
    const code = (path: string): string => read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    // A container may be a host: its connection, and the word for it in an inventory.
    const allowed = /'docker'|'\.\/docker\.ts'|dockerConnection/g
    const knowing = files('runner').filter(
      (path) => path !== 'runner/connection/docker.ts' && names.test(code(path).replace(allowed, '')),
    )
    expect(knowing).toEqual([])
  })
})

it('what is shown to a person as it comes is not read as data', () => {
  const used = /(=|\(|return)\s*\(?\s*(await\s+)?\w+\.live[`(]/
  expect(product.filter((path) => used.test(read(path)) && !path.startsWith('runner/'))).toEqual([])
})
