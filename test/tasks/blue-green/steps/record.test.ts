import { beforeEach, describe, expect, it } from 'vitest'
import type { Release } from '../../../../tasks/blue-green/history.ts'
import { appendHistory, noteFollowed, record } from '../../../../tasks/blue-green/steps/record.ts'
import {
  answers,
  apply,
  appWith,
  check,
  contextOf,
  digest,
  good,
  migrationContainer,
  TestHost,
  wanted,
} from '../builders.ts'
import { clock } from '../clock.ts'

beforeEach(() => clock.reset())

const append = 'cat >>/opt/shop/releases.jsonl'
const followedFile = '/opt/shop/followed'
const hostOf = (history: Release[], followed?: string): TestHost =>
  new TestHost({ [append]: '' }, { history, files: followed === undefined ? {} : { [followedFile]: `${followed}\n` } })
const v2 = good(2)
const line =
  `{"at":"2026-05-04T03:02:01.000Z","tag":"v2","digest":"${digest(2)}","who":"ada","kind":"release",` +
  `"result":"good","port":8000,"path":"/health"}\n`

describe('the history of a host', () => {
  it.each<[string, Release[], object | null]>([
    ['is empty', [], { summary: 'release v2' }],
    ['ends with this release', [good(1), v2], null],
    ['ends with this release, but for a refused one', [v2, good(3, { result: 'refused' })], null],
    ['has it further up', [v2, good(3)], { summary: 'release v2' }],
    ['ends with it under another tag', [good(2, { tag: 'main' })], { summary: 'release v2' }],
    ['ends with another image of its tag', [good(1, { tag: 'v2' })], { summary: 'release v2' }],
    ['has only a refusal of it', [good(2, { result: 'refused' })], { summary: 'release v2' }],
  ])('%s', async (_, history, expected) => {
    expect(await check(record(contextOf()), hostOf(history))).toEqual(expected)
  })

  it('gets a line with who, what, and where its image listens', async () => {
    const app = appWith({ port: 9000, health: { path: '/now' } })
    const released = { app: appWith({ port: 8000, health: { path: '/health' } }) }
    expect(await apply(record(contextOf(app, {}, released)), hostOf([good(1)]))).toEqual([append, `input ${line}`])
  })

  it('says why it was released in a freeze', async () => {
    const context = contextOf(appWith(), { reason: 'the shop is down' })
    expect((await apply(record(context), hostOf([good(1)])))[1]).toContain(
      '"result":"good","reason":"the shop is down",',
    )
  })

  it('says that an image came from a Docker', async () => {
    const app = appWith()
    const [, written] = await apply(
      record(contextOf(app, {}, { wanted: { ...wanted, from: 'docker' } })),
      hostOf([good(1)]),
    )
    expect(written).toContain(`"digest":"${digest(2)}","from":"docker","who":"ada"`)
  })

  it('has what the migration’s files were, that it was run with or a rollback’s release was left with', async () => {
    const labels = { 'cutover.files': 'abc' }
    const migrated = new TestHost({ [append]: '' }, { containers: [migrationContainer({ running: false, labels })] })
    expect((await apply(record(contextOf()), migrated))[1]).toContain('"path":"/health","migration":"abc"}')
    const ofAnother = { ...labels, 'cutover.digest': digest(3) }
    const back = new TestHost(
      { [append]: '' },
      {
        history: [good(2, { migration: 'older' }), good(3, { migration: 'abc' })],
        containers: [migrationContainer({ running: false, labels: ofAnother })],
      },
    )
    expect((await apply(record(contextOf(appWith(), { kind: 'rollback' })), back))[1]).toContain(
      '"path":"/health","migration":"older",',
    )
  })

  it('says how many requests the cut-over had, and how fast they were answered', async () => {
    const { durations } = answers(50)
    const cutOver = { requests: 50, failed: 1, durations: { now: durations, before: durations } }
    expect((await apply(record(contextOf(appWith(), { cutOver })), hostOf([good(1)])))[1]).toContain(
      '"requests":50,"failed":1,"p95":20,"p95Before":20}',
    )
  })

  it.each([
    ['names what it went away from', good(3), `,"left":"${digest(3)}"`],
    ['to another tag of the same image went away from nothing', good(2, { tag: 'main' }), ''],
    ['as the first thing in a history went away from nothing', null, ''],
  ])('a rollback %s', async (_, last, left) => {
    const host = hostOf(last ? [last] : [])
    expect(await check(record(contextOf(appWith(), { kind: 'rollback' })), host)).toEqual({ summary: 'rollback v2' })
    expect(await apply(record(contextOf(appWith(), { kind: 'rollback' })), host)).toEqual([
      append,
      `input ${line.replace('"kind":"release"', '"kind":"rollback"').replace('}\n', `${left}}\n`)}`,
    ])
  })
})

describe('the digest of the followed tag', () => {
  const context = contextOf(appWith(), { followed: async () => digest(5) })

  it.each([
    ['is not noted', undefined, { summary: 'release v2' }],
    ['is another one in the note', digest(4), { summary: 'release v2' }],
    ['is noted', digest(5), null],
  ])('%s', async (_, noted, expected) => {
    expect(await check(record(context), hostOf([v2], noted))).toEqual(expected)
  })

  it('is noted for the poller, without a second line in the history', async () => {
    const host = hostOf([v2], digest(4))
    expect(await apply(record(context), host)).toEqual([`write ${followedFile} 644 root:root`])
    expect(host.text(followedFile)).toBe(`${digest(5)}\n`)
  })

  it('is noted before the line in the history', async () => {
    expect(await apply(record(context), hostOf([good(1)]))).toEqual([
      `write ${followedFile} 644 root:root`,
      append,
      `input ${line}`,
    ])
  })
})

it('a line and a note are written as they are given', async () => {
  const host = hostOf([])
  await appendHistory(host.host, 'shop', v2)
  await noteFollowed(host.host, 'shop', 'sha256:f')
  expect(host.commands).toEqual([append, `input ${JSON.stringify(v2)}\n`, `write ${followedFile} 644 root:root`])
  expect(host.text(followedFile)).toBe('sha256:f\n')
})
