import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
const imports = (path: string): string[] =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1]!)
const product = ['runner', 'tasks', 'playbooks'].flatMap(files)

describe('arrows point one way', () => {
  it.each([
    ['runner', /\/(tasks|playbooks|test)\//],
    ['tasks', /\/(playbooks|test)\//],
  ])('%s imports nothing from above it', (folder, above) => {
    expect(
      files(folder).flatMap((path) =>
        imports(path)
          .filter((name) => above.test(name))
          .map((name) => `${path}: ${name}`),
      ),
    ).toEqual([])
  })

  it('tasks and playbooks take the runner through its one barrel', () => {
    const others = [...files('tasks'), ...files('playbooks')].flatMap((path) =>
      imports(path)
        .filter((name) => name.includes('/runner/') && !name.endsWith('/runner/index.ts'))
        .map((name) => `${path}: ${name}`),
    )
    expect(others).toEqual([])
  })

  it.each(['zx', 'listr2', 'ssh2', 'nunjucks'])('%s has one user', (library) => {
    const loads = new RegExp(`import \\{[^}]*\\b${library}\\b[^}]*\\} from '[./]*/packages\\.ts'`)
    expect(
      product.filter(
        (path) =>
          path !== join('runner/packages.ts') &&
          (imports(path).includes(library) || loads.test(readFileSync(join(root, path), 'utf8'))),
      ),
    ).toHaveLength(1)
  })

  it('the runner knows nothing of servers', () => {
    const names = /\b(docker|traefik|apt-get|postgres|ufw|compose)\b/i
    const code = (path: string): string =>
      readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    // A container may be a host: its connection, and the word for it in an inventory.
    const allowed = /'docker'|'\.\.\/connection\/docker\.ts'|dockerConnection/g
    expect(
      files('runner').filter(
        (path) => path !== join('runner/connection/docker.ts') && names.test(code(path).replace(allowed, '')),
      ),
    ).toEqual([])
  })

  it('what is shown to a person as it comes is not read as data', () => {
    const read = /(=|\(|return)\s*\(?\s*(await\s+)?\w+\.live[`(]/
    expect(
      product.filter((path) => read.test(readFileSync(join(root, path), 'utf8')) && !path.startsWith('runner/')),
    ).toEqual([])
  })
})
