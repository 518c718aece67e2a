/** The lines of the jobs in bench/jobs, written with the tasks of before and of today: `npm run bench -- jobs`. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'

const folder = join(import.meta.dirname, 'jobs')

/** Counts the lines of a module that have code: none that are blank, a comment, or part of an import. */
export function codeLines(text: string): number {
  const source = ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest, true)
  const lines = text.split('\n')
  const counted = new Set<number>()
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isJSDoc(node)) return
    const children = node.getChildren(source)
    children.forEach(visit)
    if (children.length > 0) return
    const last = lineOf(source, node.getEnd())
    for (let line = lineOf(source, node.getStart(source)); line <= last; line++)
      if (lines[line]?.trim()) counted.add(line)
  }
  visit(source)
  return counted.size
}

const lineOf = (source: ts.SourceFile, position: number): number => source.getLineAndCharacterOfPosition(position).line

/** A row of the table. */
export interface JobLines {
  job: string
  before: number
  after: number
}

/** The lines of every job. What several jobs of before share is counted once, in a row of its own. */
export function countJobs(): JobLines[] {
  const jobs = readdirSync(join(folder, 'after')).sort()
  const rows = jobs.map((name) => ({
    job: basename(name, '.ts').replaceAll('-', ' '),
    before: linesOf(join('before', name)),
    after: linesOf(join('after', name)),
  }))
  const library = readdirSync(join(folder, 'before/library')).map((name) => linesOf(join('before/library', name)))
  return [...rows, { job: 'what several of them share', before: sumOf(library), after: 0 }]
}

const linesOf = (path: string): number => codeLines(readFileSync(join(folder, path), 'utf8'))

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0)

/** The rows, and their sum, as a table in Markdown. */
export function jobsTable(rows: readonly JobLines[]): string {
  const total = {
    job: '**all**',
    before: sumOf(rows.map(({ before }) => before)),
    after: sumOf(rows.map(({ after }) => after)),
  }
  const lines = [...rows, total].map(({ job, before, after }) => `| ${job} | ${before} | ${after} |`)
  return ['| job | lines before | lines after |', '| --- | --: | --: |', ...lines].join('\n')
}
