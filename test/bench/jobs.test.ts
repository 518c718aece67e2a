import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeLines, countJobs, jobsTable } from '../../bench/jobs.ts'

const folder = join(import.meta.dirname, '../../bench/jobs')
const read = (path: string): string => readFileSync(join(folder, path), 'utf8')

describe('lines of code', () => {
  it.each([
    ['a statement is one line', 'const a = 1\n', 1],
    ['nothing has none', '', 0],
    ['blank lines do not count', 'const a = 1\n\n  \nconst b = 2\n', 2],
    ['comments do not count', '// a\n/* b\n c */\n/** d */\nconst a = 1 // e\n', 1],
    ['a comment between code does not count', 'const a = [\n  // one\n  1,\n]\n', 3],
    [
      'imports do not count, however long they are',
      "import {\n  a,\n  b,\n} from './c.ts'\nimport './d.ts'\na(b)\n",
      1,
    ],
    ['a dynamic import is code', "await import('./c.ts')\n", 1],
    ['an export counts', 'export const a = 1\n', 1],
    ['the lines of a text count, but for the blank ones', 'const a = `one\n\n# two\n${b}\nthree`\n', 4],
    ['what looks like a comment in a text counts', 'const a = `\n// b\n`\n', 3],
    ['brackets are lines', 'const a = () => {\n  b()\n}\n', 3],
  ])('%s', (_, text, lines) => {
    expect(codeLines(text)).toBe(lines)
  })
})

describe('the jobs', () => {
  it('are the same 22 before and after', () => {
    const names = (side: string): string[] => readdirSync(join(folder, side)).filter((name) => name.endsWith('.ts'))
    expect(names('before').sort()).toEqual(names('after').sort())
    expect(names('before')).toHaveLength(22)
  })

  it('of before use only what there was then', () => {
    // What tasks/authors.ts exported at 43d5551, and the words of runner/index.ts that did not exist then.
    const tasks = 'apt copy directories file groupMember image link network service'.split(' ')
    const later = 'action assert MissingError Command Argument Outcomes'.split(' ')
    const files = readdirSync(join(folder, 'before'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    for (const file of files)
      for (const [, names = '', from = ''] of read(join('before', file)).matchAll(
        /import (?:type )?\{([^}]*)\} from '([^']*)'/g,
      )) {
        const words = names
          .split(',')
          .map((name) => name.trim().replace(/^type /, ''))
          .filter(Boolean)
        if (from.endsWith('tasks/authors.ts'))
          expect(
            words.filter((name) => !tasks.includes(name)),
            file,
          ).toEqual([])
        if (from.endsWith('runner/index.ts'))
          expect(
            words.filter((name) => later.includes(name)),
            file,
          ).toEqual([])
      }
  })

  it('are a table with their sum', () => {
    const rows = [
      { job: 'one', before: 10, after: 2 },
      { job: 'two', before: 5, after: 1 },
    ]
    expect(jobsTable(rows)).toBe(
      '| job | lines before | lines after |\n| --- | --: | --: |\n| one | 10 | 2 |\n| two | 5 | 1 |\n| **all** | 15 | 3 |',
    )
  })

  it('are in docs/bench.md, with the lines that they have now', () => {
    const page = readFileSync(join(folder, '../../docs/bench.md'), 'utf8').replace(/ +/g, ' ')
    for (const row of jobsTable(countJobs()).split('\n').slice(2))
      expect(page, 'npm run bench -- jobs prints it').toContain(row)
  })

  it('have no more lines than before, and what those of before share is counted once', () => {
    const all = countJobs()
    expect(all.at(-1)).toMatchObject({ job: 'what several of them share', after: 0 })
    expect(all.every(({ before, after }) => before >= after)).toBe(true)
  })
})
