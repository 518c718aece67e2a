import type { Change } from '../events.ts'
import { diff } from '../packages.ts'

/** The lines of a unified diff of a change, without its file header. Empty if the change carries no texts. */
export function diffLines(change: Change): string[] {
  if (change.before === undefined && change.after === undefined) return []
  const patch = diff().createTwoFilesPatch('before', 'after', change.before ?? '', change.after ?? '', '', '', {
    context: 3,
  })
  return patch
    .split('\n')
    .slice(3)
    .filter((line) => line !== '' && !line.startsWith('\\'))
}
