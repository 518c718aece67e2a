import { beforeEach, describe, expect, it, vi } from 'vitest'
import { withLock } from '../../../tasks/blue-green/lock.ts'
import { failure, type FakeLock, fakeLock, TestHost } from './builders.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-05-04T03:02:01Z') })
})

const owner = { who: 'ada', where: 'laptop', why: 'release v2' }
const hostWith = (...lines: (string | null)[]): TestHost => {
  const host = new TestHost()
  host.lock = fakeLock(...lines)
  return host
}
const notLocked = {
  kind: 'CutoverError',
  message: "shop can't be locked on scripted",
  hint: 'Run setup first: npx tsx playbooks/setup.ts',
}

describe('a lock that is free', () => {
  it('is taken with who, where, why, since when and a token that nobody else has', async () => {
    const host = hostWith('locked')
    expect(await withLock(host.host, 'shop', owner, async () => 'result')).toBe('result')
    const [command = ''] = host.commands
    expect(host.commands).toHaveLength(1)
    const [, json = ''] = /^spawn exec sh \/opt\/cutover\/lock\.sh \/opt\/shop\/lock '(.*)'$/.exec(command) ?? []
    expect(JSON.parse(json)).toEqual({
      ...owner,
      since: '2026-05-04T03:02:01.000Z',
      token: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    })
  })

  it('is given back at the end, and no heartbeat is sent after it', async () => {
    const host = hostWith('locked')
    await withLock(host.host, 'shop', owner, async () => expect(host.lock.ended).toBe(false))
    expect(host.lock.ended).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(host.lock.written).toEqual([])
  })

  it('is given back when the work fails, and its error is the one that is told', async () => {
    const host = hostWith('locked')
    const end = host.lock.end
    host.lock.end = async () => {
      await end()
      throw new Error('the connection is lost too')
    }
    const work = withLock(host.host, 'shop', owner, () => Promise.reject(new Error('the work failed')))
    expect((await failure(work)).message).toBe('the work failed')
    expect(host.lock.ended).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is kept by a heartbeat every ten seconds', async () => {
    const host = hostWith('locked')
    const work = withLock(host.host, 'shop', owner, () => new Promise((resolve) => setTimeout(resolve, 35_000)))
    await vi.advanceTimersByTimeAsync(9_999)
    expect(host.lock.written).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(host.lock.written).toEqual(['\n'])
    await vi.advanceTimersByTimeAsync(25_000)
    expect(host.lock.written).toEqual(['\n', '\n', '\n'])
    await work
  })
})

describe('while the lock is held', () => {
  /** What assertLockHeld throws after something happened to the lock; null: nothing. */
  const afterwards = async (happens: (lock: FakeLock) => void): Promise<object | null> => {
    const host = hostWith('locked')
    let thrown: object | null = null
    await withLock(host.host, 'shop', owner, async (assertLockHeld) => {
      assertLockHeld()
      happens(host.lock)
      await vi.advanceTimersByTimeAsync(0)
      thrown = await failure((async () => assertLockHeld())()).catch(() => null)
    })
    return thrown
  }
  const lost = {
    kind: 'CutoverError',
    message: 'the release lock of shop is not ours any more',
    hint: 'No heartbeat reached the host for a minute, and somebody else may be releasing: nothing more is done here. See: status.',
  }

  it.each<[string, (lock: FakeLock) => void, object | null]>([
    ['nothing happens', () => undefined, null],
    ['somebody else takes it over', (lock) => lock.print('lost'), lost],
    ['its command ends', (lock) => lock.print(null), lost],
  ])('and %s', async (_, happens, expected) => {
    expect(await afterwards(happens)).toEqual(expected)
  })
})

describe('a lock that cannot be had', () => {
  const refusal = async (answer: string | null): Promise<object> => {
    const host = hostWith(answer)
    const work = vi.fn()
    const thrown = await failure(withLock(host.host, 'shop', owner, work))
    expect(work).not.toHaveBeenCalled()
    expect(host.lock.ended).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    return thrown
  }
  const hint = 'Wait until it has ended. If it was cut off, its lock is taken over a minute after its last heartbeat.'

  it.each([
    [
      'names its holder',
      'held {"who":"bob","where":"poller","why":"release v1","since":"2026-05-04T03:00:00Z"}',
      'shop is being released on scripted by bob (release v1, from poller, since 2026-05-04T03:00:00Z)',
    ],
    [
      'has a holder that has not written its name yet',
      'held ',
      'shop is being released on scripted by somebody (unknown, from unknown, since now)',
    ],
    [
      'has a holder whose name is half written',
      'held {"who":"bo',
      'shop is being released on scripted by somebody (unknown, from unknown, since now)',
    ],
  ])('%s', async (_, answer, message) => {
    expect(await refusal(answer)).toEqual({ kind: 'CutoverError', message, hint })
  })

  it.each([
    ['there is no lock.sh', null],
    ['lock.sh says something else', 'sh: 0: cannot open /opt/cutover/lock.sh'],
  ])('because %s: setup is missing', async (_, answer) => {
    expect(await refusal(answer)).toEqual(notLocked)
  })

  it('is told though the command ends with an error', async () => {
    const host = hostWith(null)
    host.lock.end = () => Promise.reject(new Error('ended with 127'))
    expect(await failure(withLock(host.host, 'shop', owner, vi.fn()))).toEqual(notLocked)
  })
})
