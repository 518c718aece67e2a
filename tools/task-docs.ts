/** Writes docs/tasks.md from the comments of the tasks that the package exports: `npm run task-docs`. */
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import { isMain } from '../runner/index.ts'
import { proofs } from './proofs.ts'

const root = join(import.meta.dirname, '..')
export const documentPath = join(root, 'docs/tasks.md')

interface TaskDoc {
  name: string
  text: string
  /** The lines of code of its example. */
  example: string
}

/** What the package exports from `cutover/tasks` that has an example in its comment, in the order of the alphabet. */
function taskDocs(): TaskDoc[] {
  const entry = join(root, 'tasks/authors.ts')
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
  })
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(entry)
  const module = file && checker.getSymbolAtLocation(file)
  const exported = module ? checker.getExportsOfModule(module) : []
  return exported
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .flatMap((symbol) => {
      const [example] = symbol.getJsDocTags(checker).filter(({ name }) => name === 'example')
      if (!example) return []
      const text = ts.displayPartsToString(symbol.getDocumentationComment(checker))
      return [{ name: symbol.name, text, example: ts.displayPartsToString(example.text) }]
    })
    .sort((a, b) => a.name.localeCompare(b.name))
}

/** A text in one paragraph for each of its paragraphs, wrapped at a width (in characters). */
const wrapped = (text: string, width = 120): string =>
  text
    .split(/\n{2,}/)
    .map((paragraph) =>
      paragraph
        .split(/\s+/)
        .reduce<string[]>((lines, word) => {
          const last = lines.at(-1)
          if (last === undefined || last.length + 1 + word.length > width) return [...lines, word]
          return [...lines.slice(0, -1), `${last} ${word}`]
        }, [])
        .join('\n'),
    )
    .join('\n\n')

const head = `# Tasks

The tasks that \`cutover/tasks\` has for playbooks of your own. \`npm run task-docs\` writes this page from the comments of
their code, and a test compiles and runs its examples. Each looks first and changes only what is not as it should be;
\`--check --diff\` shows what it would do. Almost all take \`notify\` (handlers) and \`tags\`. [runner.md](runner.md)
explains the words.
`

const proven = `## Where each is proven

The releases of Debian on which an integration test runs the task on a real host, and the test
(\`test/integration/NAME.test.ts\`). \`swapon\` and
\`swapoff\` are stand-ins there: the hosts are containers, and swap is that of the machine below.

| task | Debian | test |
| ---- | ------ | ---- |
`

/** The whole page. */
export function taskPage(): string {
  const docs = taskDocs()
  const imports = `\`\`\`ts\nimport { type HostView, Secret } from 'cutover'\nimport {\n${docs.map(({ name }) => `  ${name},\n`).join('')}} from 'cutover/tasks'\n\`\`\`\n`
  const sections = docs.map(
    ({ name, text, example }) => `## ${name}\n\n${wrapped(text)}\n\n\`\`\`ts\n${example.trim()}\n\`\`\`\n`,
  )
  const found = proofs(docs.map(({ name }) => name))
  const rows = docs.map(({ name }) => {
    const { releases = [], files = [] } = found.get(name) ?? {}
    const tests = files.map((file) => basename(file, '.test.ts'))
    return `| \`${name}\` | ${releases.join(', ')} | ${tests.join(', ')} |\n`
  })
  return [head, imports, ...sections, proven + rows.join('')].join('\n')
}

if (isMain(import.meta)) writeFileSync(documentPath, taskPage())
