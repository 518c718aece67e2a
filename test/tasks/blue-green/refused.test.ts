import { expect, it } from 'vitest'
import { indent, refused, RefusedError } from '../../../tasks/blue-green/refused.ts'
import { contextOf, slotContainer, TestHost } from './builders.ts'

const logs = 'docker logs --tail 100 shop-green 2>&1'
const check = (n: number): { ExitCode: number; Output: string } => ({ ExitCode: n, Output: `check ${n}\n` })

it('a refusal carries the log of its container, and of its last three health checks', async () => {
  const containers = [slotContainer('green', {}, { healthLog: [1, 2, 3, 4].map(check) })]
  const host = new TestHost({ [logs]: '\nline 1\nline 2\n\n' }, { containers })
  const error = await refused(host.host, contextOf(), { slot: 'green', why: 'it ended', hint: 'Try this.' })
  expect(error).toBeInstanceOf(RefusedError)
  expect(error.message).toBe('shop v2 is refused: it ended')
  expect(error.hint?.split('\n')).toEqual([
    'Try this.',
    'Its health checks:',
    '  exit 2: check 2',
    '  exit 3: check 3',
    '  exit 4: check 4',
    'Its last log lines:',
    '  line 1',
    '  line 2',
  ])
  expect(host.log).toEqual([logs, 'inspect shop-green'])
})

it.each([
  ['without health checks', [slotContainer('green')]],
  ['whose container is gone', []],
])('a refusal %s carries its log alone', async (_, containers) => {
  const host = new TestHost({ [logs]: { stdout: 'No such container', code: 1 } }, { containers })
  const error = await refused(host.host, contextOf(), { slot: 'green', why: 'it ended' })
  expect(error.hint).toBe('Its last log lines:\n  No such container')
})

it('lines are indented by two', () => {
  expect(indent('a\n  b\n')).toBe('  a\n    b')
})
