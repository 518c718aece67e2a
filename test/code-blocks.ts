import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

export interface CodeBlock {
  /** The path of the document, from the repository's folder. */
  path: string
  /** The number of its first line in the document. */
  line: number
  /** What stands behind the three backquotes: `ts`, `sh`, `yaml`. */
  language: string
  text: string
}

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))

/** All code blocks of the documents that people read. */
export const codeBlocks = (): CodeBlock[] =>
  ['.', 'docs', 'examples']
    .flatMap(markdownIn)
    .flatMap((path) => blocksOf(path, readFileSync(join(root, path), 'utf8')))

function blocksOf(path: string, document: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: CodeBlock | undefined
  for (const [index, line] of document.split('\n').entries()) {
    const fence = /^ *```(.*)$/.exec(line)
    if (!fence) {
      if (open) open.text += `${line}\n`
      continue
    }
    if (open) blocks.push(open)
    open = open ? undefined : { path, line: index + 2, language: fence[1] ?? '', text: '' }
  }
  return blocks
}
