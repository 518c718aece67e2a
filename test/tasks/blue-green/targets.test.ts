import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../runner/task/kit.ts'
import type { Release } from '../../../tasks/blue-green/history.ts'
import { liveTarget, rollbackTarget, tagOnce } from '../../../tasks/blue-green/targets.ts'
import { noteText } from '../../../tasks/proxy/canary-note.ts'
import { appWith, digest, failure, good, routeOf, slotContainer, TestHost } from './builders.ts'

const app = appWith()
const consent = { force: false, tell: () => undefined }
const hostOf = (history: Release[] = [], { route = routeOf('blue'), config = 'c' } = {}): TestHost => {
  const script = (command: string): ScriptedOutput | undefined => {
    if (command.endsWith('| sha256sum | cut -c1-12')) return config
    if (command.startsWith('/opt/cutover/registry-get.sh x/shop ')) return ''
    return command === '/opt/cutover/digest.sh x/shop v9' ? `${digest(9)}\n` : undefined
  }
  const containers = [slotContainer('blue', { tag: 'v3', digest: digest(3) })]
  return new TestHost(script, { containers, route, history })
}

describe('what is live', () => {
  it('is what the routed slot was made of', async () => {
    expect(await liveTarget(hostOf().host, app)).toEqual({ tag: 'v3', digest: digest(3) })
  })

  it('came from a Docker, if it did', async () => {
    const labels = { 'cutover.from': 'docker' }
    const containers = [slotContainer('blue', { tag: 'v3', digest: digest(3) }, { labels })]
    const host = new TestHost({}, { containers, route: routeOf('blue') })
    expect(await liveTarget(host.host, app)).toEqual({ tag: 'v3', digest: digest(3), from: 'docker' })
  })

  it.each([
    ['no slot is routed', '# nothing'],
    ['the routed slot is gone', routeOf('green')],
  ])('is nothing where %s', async (_, route) => {
    expect(await failure(liveTarget(hostOf([], { route }).host, app))).toEqual({
      kind: 'CutoverError',
      message: 'shop has no release on scripted yet',
      hint: 'Name the first one: --tag TAG',
    })
  })

  it('is nothing on a host that is not even set up', async () => {
    const host = hostOf([], { route: '', config: '' })
    expect((await failure(liveTarget(host.host, app))).message).toBe('shop is not set up on scripted')
  })
})

describe('a tag for several hosts', () => {
  const on = { once: <T>(_: string, work: () => Promise<T>) => work() }
  const asked = ({ commands }: TestHost): string[] => commands.map((command) => command.split(' ')[0]!)

  it('is asked for once', async () => {
    const [first, second, target] = [hostOf(), hostOf(), tagOnce('v9')]
    expect(await target(first.host, app, on)).toEqual({ tag: 'v9', digest: digest(9) })
    expect(await target(second.host, app, on)).toEqual({ tag: 'v9', digest: digest(9) })
    expect([asked(first), asked(second)]).toEqual([['/opt/cutover/digest.sh'], []])
  })

  it('is signed by a key of each of them', async () => {
    const [first, second, target] = [hostOf(), hostOf(), tagOnce('v9')]
    await target(first.host, app, on)
    expect((await failure(target(second.host, { ...app, verify: ['a key'] }, on))).message).toContain('is not signed')
    expect(asked(second)).toEqual(['/opt/cutover/registry-get.sh'])
  })
})

describe('a rollback goes back', () => {
  it('to the last good release that is not live', async () => {
    const host = hostOf([good(1), good(2), good(3)])
    expect(await rollbackTarget(host.host, app, undefined, consent)).toEqual(good(2))
  })

  it('from a canary that was left, to the release that serves beside it', async () => {
    const note = noteText({ slot: 'green', share: 10, since: '', seconds: 300, who: 'ada' })
    const host = hostOf([good(1), good(2), good(3)], { route: `${note}\n${routeOf('blue')}` })
    expect(await rollbackTarget(host.host, app, undefined, consent)).toEqual({ tag: 'v3', digest: digest(3) })
    expect(await rollbackTarget(host.host, app, 'v1', consent)).toEqual(good(1))
  })

  it('to where one that was cut off after its switch has gone, and not forward again', async () => {
    const begun = { ...good(3), kind: 'rollback' as const, result: 'begun' as const }
    expect(await rollbackTarget(hostOf([good(3), good(4), begun]).host, app, undefined, consent)).toEqual(good(3))
    // One that was taken back, or was cut off before its switch, is not finished.
    const elsewhere = { ...good(2), kind: 'rollback' as const, result: 'begun' as const }
    expect(await rollbackTarget(hostOf([good(2), good(3), elsewhere]).host, app, undefined, consent)).toEqual(good(2))
    const refused = { ...begun, result: 'refused' as const }
    expect(await rollbackTarget(hostOf([good(3), good(4), begun, refused]).host, app, undefined, consent)).toEqual(
      good(4),
    )
  })

  it('where nothing is live, to the last good one', async () => {
    const host = hostOf([good(1), good(3)], { route: '' })
    expect(await rollbackTarget(host.host, app, undefined, consent)).toEqual(good(3))
  })

  it('to a tag: to its newest good release, with its port and path, and the registry is not asked', async () => {
    const history = [good(1, { tag: 'v9', port: 7000, path: '/old' }), good(3)]
    expect(await rollbackTarget(hostOf(history).host, app, 'v9', consent)).toEqual(history[0])
  })

  it('to a tag that is not in the history: to what the registry has', async () => {
    expect(await rollbackTarget(hostOf([good(3)]).host, app, 'v9', consent)).toEqual({ tag: 'v9', digest: digest(9) })
  })

  it('to a tag that is not in the history, only if it is signed where that is wanted; what was live here is not asked for', async () => {
    const signed = { ...app, verify: ['a key'] }
    const host = hostOf([good(1), good(3)])
    expect((await failure(rollbackTarget(host.host, signed, 'v9', consent))).message).toBe(
      `shop v9 is not signed: the registry has no signature of x/shop@${digest(9)}`,
    )
    expect(await rollbackTarget(host.host, signed, 'v1', consent)).toEqual(good(1))
  })

  it('to none whose database was migrated since, unless that is wanted', async () => {
    const history = [good(1, { migration: 'a' }), good(3, { migration: 'b' })]
    expect((await failure(rollbackTarget(hostOf(history).host, app, undefined, consent))).message).toBe(
      'v3 migrated the database of shop after v1 was released',
    )
    expect(await rollbackTarget(hostOf(history).host, app, 'v1', { ...consent, force: true })).toEqual(history[0])
  })

  it.each<[Release[], string]>([
    [[], 'empty'],
    [[good(1, { result: 'refused' }), good(3)], 'v1 refused, v3 good'],
  ])('to nothing where the history has no other good release', async (history, listed) => {
    expect(await failure(rollbackTarget(hostOf(history).host, app, undefined, consent))).toEqual({
      kind: 'CutoverError',
      message: 'shop has no release to go back to on scripted',
      hint: `Its history (/opt/shop/releases.jsonl): ${listed}.\nName a tag that the registry has: npx tsx playbooks/rollback.ts TAG`,
    })
  })
})
