import type { Change } from '../events.ts'
import { diff } from '../packages.ts'

/** The lines of a unified diff of a change, without its file header. Empty if the change has no texts to compare. */
export function diffLines({ before, after }: Change): string[] {
  if (before === undefined && after === undefined) return []
  const patch = diff().createTwoFilesPatch('before', 'after', before ?? '', after ?? '', '', '', { context: 3 })
  return patch
    .split('\n')
    .slice(3)
    .filter((line) => line !== '' && !line.startsWith('\\'))
}
