import fc from 'fast-check'
import { explain } from '../../../runner/errors.ts'

/** Texts of short lines that are likely to be alike, with line ends of both kinds, and without one at the end. */
export const anyText = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        '',
        'a',
        'b',
        '#a',
        'ab',
        ' a',
        '[s]',
        'a = b',
        '\ta=1',
        '; x',
        '# BEGIN cutover n',
        '# END cutover n',
        'ü',
      ),
      fc.constantFrom('\n', '\n', '\r\n'),
    ),
    { maxLength: 8 },
  )
  .chain((lines) =>
    fc.constantFrom(
      lines.flat().join(''),
      lines
        .flat()
        .join('')
        .replace(/\r?\n$/, ''),
    ),
  )

/** The name, message and hint of what a function throws. */
export function refusalOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return `${(error as Error).name}: ${explain(error).join('\n')}`
  }
  return 'nothing'
}
