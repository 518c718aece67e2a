import { expect, it } from 'vitest'
import { killTree } from '../../../../runner/connection/session/kill-tree.ts'

it('a tree of processes is ended from its root: first asked, then killed', () => {
  const script = killTree(4711)
  expect(script).toContain('all="$(below 4711) 4711"\nend -TERM $all\n')
  expect(script).toContain('rest=${line##*) }\n')
  expect(script).toMatch(/sleep 0\.2\ndone\nend -KILL \$all\nexit 0\n$/)
})
