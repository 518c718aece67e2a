import { describe, expect, it } from 'vitest'
import { forcedBy, type Freezing, notFrozen } from '../../../tasks/blue-green/held.ts'
import { failure, TestHost } from './builders.ts'

const frozen = 'frozen Fri 16:00 - Mon 06:00 (Europe/Berlin)\n'

/** A host whose held.sh says this of the poller, and this of a freeze alone. */
const hostOf = (held: string, freeze: string): TestHost =>
  new TestHost({
    '/opt/cutover/held.sh shop 2>/dev/null': held,
    '/opt/cutover/held.sh shop freeze 2>/dev/null': freeze,
  })

/** What a deploy is told. */
async function told(host: TestHost, more: Partial<Freezing> = {}): Promise<string[]> {
  const notes: string[] = []
  const step = notFrozen('shop', { reason: undefined, check: false, tell: (note) => notes.push(note), ...more })
  expect(await step.check(host.host)).toBeNull()
  return notes
}

describe('a deploy by hand', () => {
  it('goes on where nothing holds back', async () => {
    expect(await told(hostOf('', ''))).toEqual([])
  })

  it('is not held back by a pause of the poller, and names it', async () => {
    const pause = 'paused since today by ada: the fair'
    expect(await told(hostOf(`${pause}\n`, ''))).toEqual([
      `the poller of shop is ${pause}: this deploy is by hand, and goes on`,
    ])
    // The script of an older Cutover does not know the difference.
    expect(await told(hostOf(pause, pause))).toHaveLength(1)
  })

  it('is refused in a freeze, with its end and the way round it', async () => {
    const step = notFrozen('shop', { reason: undefined, check: false, tell: () => undefined })
    expect(await failure(step.check(hostOf('paused for good', frozen).host))).toEqual({
      kind: 'CutoverError',
      message: 'shop is frozen Fri 16:00 - Mon 06:00 (Europe/Berlin) on scripted',
      hint:
        "Nothing is released until Mon 06:00. If it can't wait: npx tsx playbooks/deploy.ts --force --reason TEXT\n" +
        'A rollback is not held back by a freeze.',
    })
  })

  it.each([
    ['22:00 - 06:00', 'Nothing is released until 06:00. '],
    ['Sat 00:00 - Sun 24:00', 'Nothing is released until Sun 24:00. '],
    [': the host does not know the time zone Lab/Nowhere (apt-get install tzdata)', ''],
  ])('knows the end of %s', async (window, begin) => {
    const step = notFrozen('shop', { reason: undefined, check: false, tell: () => undefined })
    const { hint } = await failure(step.check(hostOf('', `frozen ${window}`).host))
    expect(hint).toBe(
      `${begin}If it can't wait: npx tsx playbooks/deploy.ts --force --reason TEXT\nA rollback is not held back by a freeze.`,
    )
  })

  it('goes on in a freeze with a reason, and says so', async () => {
    expect(await told(hostOf(frozen, frozen), { reason: 'the shop is down' })).toEqual([
      'shop is frozen Fri 16:00 - Mon 06:00 (Europe/Berlin): this deploy is forced (the shop is down)',
    ])
  })

  it('only names a freeze in check mode', async () => {
    expect(await told(hostOf(frozen, frozen), { check: true })).toEqual([
      'shop is frozen Fri 16:00 - Mon 06:00 (Europe/Berlin)',
    ])
  })
})

describe('a reason', () => {
  it.each([
    [{ force: false }, undefined],
    [{ force: true, reason: '  the shop is down ' }, 'the shop is down'],
  ])('%j is %j', (options, expected) => {
    expect(forcedBy(options)).toBe(expected)
  })

  it.each([
    [{ force: true }, '--reason is missing: why can it not wait?'],
    [{ force: true, reason: ' ' }, '--reason is missing: why can it not wait?'],
    [{ force: true, reason: 'a\nb' }, '--reason is one line of text'],
    [{ force: false, reason: 'x' }, '--reason goes with --force only'],
  ])('%j: %s', (options, message) => {
    expect(() => forcedBy(options)).toThrow(message)
  })
})
