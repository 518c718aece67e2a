import { describe, expect, it } from 'vitest'
import { indent, refused, RefusedError } from '../../../tasks/blue-green/refused.ts'
import { contextOf, slotContainer, TestHost } from './builders.ts'

const logs =
  'docker logs --tail 1000 shop-green 2>&1 | (umask 077; tee /var/log/cutover/shop-refused.log 2>/dev/null) | tail -n 100'
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
  const host = new TestHost({ [logs]: 'No such container\n' }, { containers })
  const error = await refused(host.host, contextOf(), { slot: 'green', why: 'it ended' })
  expect(error.hint).toBe('Its last log lines:\n  No such container')
})

describe('a refusal fits on a screen', () => {
  const linesOf = async (log: string, healthLog: ReturnType<typeof check>[] = [], hint?: string): Promise<string[]> => {
    const host = new TestHost(
      { [logs]: log },
      { containers: [slotContainer('green', {}, { healthLog, health: 'unhealthy' })] },
    )
    return (await refused(host.host, contextOf(), { slot: 'green', why: 'it ended', hint })).hint!.split('\n')
  }
  const log = (count: number): string => Array.from({ length: count }, (_, n) => `line ${n + 1}\n`).join('')

  it('the log is cut from its beginning, and the rest of it is on the host', async () => {
    const lines = await linesOf(log(100), [], 'One.\nTwo.')
    expect(lines.slice(0, 4)).toEqual([
      'One.',
      'Two.',
      'Its last log lines (more of them: /var/log/cutover/shop-refused.log on scripted):',
      '  line 81',
    ])
    expect([lines.length, lines.at(-1)]).toEqual([23, '  line 100'])
  })

  it('however much stands above it, eight lines of the log are shown', async () => {
    expect((await linesOf(log(100), [], 'x\n'.repeat(30))).slice(-8)[0]).toBe('  line 93')
  })

  it('long lines are cut, and control sequences of terminals left out', async () => {
    expect(await linesOf(`\x1b[31mred\x1b[0m\x07 ${'x'.repeat(300)}\n`)).toEqual([
      'Its last log lines:',
      `  red ${'x'.repeat(176)}…`,
    ])
  })

  it('a health check that says the same again and again is counted, and says one line', async () => {
    const same = { ExitCode: 1, Output: 'Traceback\nConnection refused\n' }
    expect((await linesOf('one', [check(0), same, same, same])).slice(0, 3)).toEqual([
      'Its health checks:',
      '  exit 0: check 0',
      '  exit 1: Connection refused (3 times)',
    ])
  })
})

it('lines are indented by two', () => {
  expect(indent('a\n  b\n')).toBe('  a\n    b')
})
