import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { diskOf } from '../../../tasks/blue-green/disk.ts'

it.each([
  [' 84%   17G   3%', '84% used, 17G free', null],
  [' 85%   17G   3%', '85% used, 17G free', 'its disk is 85% full, 17G free'],
  ['100%     0  85%', '100% used, 0 free', 'its disk is 100% full, 0 free, and 85% of the inodes of its disk are used'],
  [' 10%   17G  99%', '10% used, 17G free', '99% of the inodes of its disk are used'],
  [' 10%   17G    -', '10% used, 17G free', null],
])('a disk of %s', async (row, text, alarm) => {
  const host = new ScriptedHost(() => `Use% Avail IUse%\n${row}\n`)
  expect(await diskOf(host.host, 85)).toEqual({ text, alarm })
})
