/** Measures the code itself: `npm run bench -- house [ROOT]`. ROOT is another checkout, to compare with. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

interface FunctionLength {
  name: string
  lines: number
}

/** What was counted in one file. */
interface Counted {
  path: string
  lines: string[]
  functions: FunctionLength[]
  nonNull: number
  casts: number
}

/** The folders of the product, in older checkouts too. */
const folders = ['runner', 'tasks', 'playbooks', 'program', 'tools', 'bin']

/** Prints the table. @param root the checkout that is measured */
export function measureHouse(root: string): void {
  const files = folders.flatMap((folder) => sourceFiles(root, folder)).map((path) => count(root, path))
  const lines = files.flatMap((file) => file.lines)
  const functions = files.flatMap((file) => file.functions)
  const longerThan = (limit: number): string =>
    `${((lines.filter((line) => line.length > limit).length / lines.length) * 100).toFixed(2)} %`
  const perThousand = (key: 'nonNull' | 'casts'): string =>
    ((files.reduce((sum, file) => sum + file[key], 0) / lines.length) * 1000).toFixed(1)
  const names = [...new Set(files.map(({ path }) => dirname(path)))]
  const byFolder = names.map((name) => [name, files.filter(({ path }) => dirname(path) === name).length] as const)
  const fileLengths = files.map(({ path, lines: fileLines }) => ({ name: path, lines: fileLines.length }))
  console.log(
    [
      `files: ${files.length}, lines: ${lines.length}`,
      `files in a folder, most: ${byFolder
        .sort((a, b) => b[1] - a[1])
        .slice(0, 3)
        .map(([folder, n]) => `${folder} ${n}`)
        .join(', ')}`,
      `lines of a file: median ${median(fileLengths)}, longest ${longest(fileLengths)}`,
      `lines of a function: median ${median(functions)}, longest ${longest(functions)}`,
      `lines over 120, 140, 160 characters: ${[120, 140, 160].map(longerThan).join(', ')}; ` +
        `longest ${Math.max(...lines.map((line) => line.length))}`,
      `non-null assertions (!) a thousand lines: ${perThousand('nonNull')}`,
      `casts (as) a thousand lines: ${perThousand('casts')}`,
    ].join('\n'),
  )
}

const sourceFiles = (root: string, folder: string): string[] => {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

function count(root: string, path: string): Counted {
  const text = readFileSync(join(root, path), 'utf8')
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const counted: Counted = { path, lines: text.trimEnd().split('\n'), functions: [], nonNull: 0, casts: 0 }
  const visit = (node: ts.Node): void => {
    if (ts.isNonNullExpression(node)) counted.nonNull += 1
    if (ts.isAsExpression(node) && node.type.getText(source) !== 'const') counted.casts += 1
    if (ts.isFunctionLike(node) && 'body' in node && node.body) counted.functions.push(lengthOf(node, source))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return counted
}

function lengthOf(node: ts.SignatureDeclaration, source: ts.SourceFile): FunctionLength {
  const line = (position: number): number => source.getLineAndCharacterOfPosition(position).line
  const name = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined)
  return {
    name: `${source.fileName}: ${name?.getText(source) ?? 'a function'}`,
    lines: line(node.getEnd()) - line(node.getStart(source)) + 1,
  }
}

const median = (all: readonly { lines: number }[]): number =>
  all.map(({ lines }) => lines).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0

function longest(all: readonly FunctionLength[]): string {
  const [first] = [...all].sort((a, b) => b.lines - a.lines)
  return first === undefined ? '0' : `${first.lines} (${first.name})`
}
