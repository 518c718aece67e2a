/** Finds on which releases of Debian the integration tests run a task. docs/tasks.md says it for each. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')
const folder = 'test/integration'

export interface Proof {
  /** Of Debian, the newest first. */
  releases: readonly number[]
  /** The test files, from the repository's root. */
  files: readonly string[]
}

/** The releases of a `describe.each(releases)`. */
function releasesOfTests(): number[] {
  const text = readFileSync(join(root, folder, 'releases.ts'), 'utf8')
  return (/ = \[([\d, ]+)\]/.exec(text)?.[1] ?? '').split(',').map(Number)
}

/** Where a test of a real host calls each task: in a `describe.each(releases)` on all of them, otherwise on the first. */
export function proofs(names: readonly string[]): Map<string, Proof> {
  const found = new Map<string, Proof>()
  const releases = releasesOfTests()
  const [usual = 0] = releases
  const paths = readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts'))
  for (const path of paths.map((name) => `${folder}/${name}`)) {
    const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
    if (!/\binject\('lab'\)/.test(file.text)) continue
    const tasks = importedTasks(file).filter((each) => names.includes(each))
    const visit = (node: ts.Node, isOnAll: boolean): void => {
      const isEach = ts.isCallExpression(node) && /^describe\b.*\.each\(releases\)$/.test(node.expression.getText(file))
      const name = ts.isCallExpression(node) ? calledName(node, file) : undefined
      if (name !== undefined && tasks.includes(name)) {
        const before = found.get(name) ?? { releases: [], files: [] }
        const more = isOnAll ? releases : [usual]
        found.set(name, {
          releases: [...new Set([...before.releases, ...more])].sort((a, b) => b - a),
          files: [...new Set([...before.files, path])],
        })
      }
      ts.forEachChild(node, (child) => visit(child, isOnAll || isEach))
    }
    visit(file, false)
  }
  return found
}

/** The names that a file imports from tasks/. */
const importedTasks = (file: ts.SourceFile): string[] =>
  file.statements
    .filter((each) => ts.isImportDeclaration(each))
    .filter((each) => each.moduleSpecifier.getText(file).includes('/tasks/'))
    .flatMap((each) => {
      const bindings = each.importClause?.namedBindings
      return bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : []
    })

/** What a call calls, or of what it is a method: `waitFor` of `waitFor.port(80)`; of `host.fact(x)` it is the argument. */
function calledName(node: ts.CallExpression, file: ts.SourceFile): string | undefined {
  const callee = node.expression
  if (ts.isIdentifier(callee)) return callee.text
  if (!ts.isPropertyAccessExpression(callee)) return undefined
  if (callee.name.text === 'fact') return node.arguments[0]?.getText(file)
  return ts.isIdentifier(callee.expression) ? callee.expression.text : undefined
}
