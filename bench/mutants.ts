import { readFileSync } from 'node:fs'

interface Mutant {
  status: string
  mutatorName: string
  static?: boolean
  location: { start: { line: number } }
}

interface MutationReport {
  files: Record<string, { mutants: readonly Mutant[] }>
}

/** What the mutation of a file has left: the lines (ascending) whose mutants no test killed. */
interface Left {
  file: string
  /** Of code that runs when the module is loaded. */
  atLoad: number
  lines: number[]
  uncovered: number[]
}

const alive = ({ status }: Mutant): boolean => status === 'Survived' || status === 'NoCoverage'
const lineOf = ({ location }: Mutant): number => location.start.line

/** The list of mutants that the last `npm run test:mutation` left alive, as a list in Markdown. */
export function survivors(path = '.cutover/mutation.json'): string {
  const { files } = JSON.parse(readFileSync(path, 'utf8')) as MutationReport
  const left: Left[] = Object.entries(files).map(([file, { mutants }]) => ({
    file,
    atLoad: mutants.filter((each) => alive(each) && each.static).length,
    lines: mutants.filter((each) => each.status === 'Survived' && !each.static).map(lineOf),
    uncovered: mutants.filter(({ status }) => status === 'NoCoverage').map(lineOf),
  }))
  const list = (lines: readonly number[]): string => [...new Set(lines)].sort((a, b) => a - b).join(' ') || '–'
  return left
    .filter(({ atLoad, lines, uncovered }) => atLoad + lines.length + uncovered.length > 0)
    .sort((a, b) => a.file.localeCompare(b.file))
    .map(
      ({ file, atLoad, lines, uncovered }) =>
        `- \`${file}\`: ${atLoad} at load; in lines ${list(lines)}; not reached: ${list(uncovered)}`,
    )
    .join('\n')
}
