import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../runner/task/kit.ts'
import {
  followedDigest,
  parseTags,
  resolveTag,
  suggestions,
  tagNamed,
  tagOfImage,
} from '../../../tasks/blue-green/resolve.ts'
import { appWith, digest, failure, TestHost } from './builders.ts'

const app = appWith()

const isNoTag = 'a tag is letters, digits, dots, dashes and underscores, at most 128'
it.each([
  ['', undefined],
  [' v1', undefined],
  ['a:b/c', undefined],
  ['ghcr.io/you/shop:v1.0.0 ', 'The image is in the inventory; the tag alone: v1.0.0'],
  ['shop@x:v1', undefined],
  [`ghcr.io/you/shop@sha256:${'a'.repeat(64)}`, 'A release is named by its tag; its digest is asked of the registry.'],
])('%j is refused as a tag, with what to write', (text, hint) => {
  expect(() => tagNamed(text)).toThrow(
    expect.objectContaining({ message: `'${text}' is not a valid tag: ${isNoTag}`, hint, exit: 2 }),
  )
})

it('a tag is taken as it is', () => {
  expect(tagNamed('v1.0_a-b')).toBe('v1.0_a-b')
})

describe('a tag that the registry does not have', () => {
  it.each([
    [
      'v1.2',
      ['latest', 'v1.2.0', 'v1.10.0', 'v1.9.9'],
      "Did you mean 'v1.2.0'? The newest that it has is v1.10.0 (by the order of versions).",
    ],
    [
      '1.10.0',
      ['v1.10.0', 'v1.2.0', 'v2.0.0-rc1'],
      "Did you mean 'v1.10.0'? The newest that it has is v1.10.0 (by the order of versions).",
    ],
    [
      'mian',
      ['main', 'develop', `sha256-${'a'.repeat(64)}.sig`],
      "Did you mean 'main'? The newest that it has is main (by the order of versions).",
    ],
  ])('%s: the nearest and the newest are named', (tag, tags, said) => {
    expect(suggestions(tag, tags)).toEqual([said])
  })

  it('of a version, only versions are near', () =>
    expect(suggestions('v1.2', ['v1.2x', 'v1.0.0', 'v1.2.0'])[0]).toMatch(
      /^Did you mean 'v1\.2\.0'\? The newest that it has is v1\.2\.0/,
    ))

  it('a tag that is like none gets no suggestion', () =>
    expect(suggestions('release-of-autumn', ['v1.0.0', 'v1.2.0'])).toEqual([
      'The newest that it has is v1.2.0 (by the order of versions).',
    ]))

  it('nothing is made up where the registry names none', () => {
    expect(suggestions('v1', [])).toEqual([])
    expect(parseTags('{"name":"x","tags":null}\n{"errors":[]}\nnonsense\n')).toEqual([])
  })

  it('the pages of its list are read one by one', () => {
    expect(parseTags('{"name":"x","tags":["v1"]}\n{"name":"x","tags":["v2"]}\n')).toEqual(['v1', 'v2'])
  })
})

describe('the digest of a tag', () => {
  const command = '/opt/cutover/digest.sh x/shop v2'
  const tags = '/opt/cutover/tags.sh x/shop 2>/dev/null'
  const trouble = { stderr: 'nothing answers at x\nIs it up?\ncurl: (7) refused\n' }
  const untouched = 'Is it up?\ncurl: (7) refused\nThe running release is untouched.'

  it('is what digest.sh prints', async () => {
    const host = new TestHost({ [command]: `${digest(2)}\n` })
    expect(await resolveTag(host.host, app, 'v2')).toEqual({ tag: 'v2', digest: digest(2) })
  })

  it.each([
    [5, 'the registry does not answer for x/shop:v2: nothing answers at x', untouched],
    [6, 'the registry refused to say what x/shop:v2 is: nothing answers at x', untouched],
    [7, "the registry can't say now what x/shop:v2 is: nothing answers at x", untouched],
    [8, 'the registry of x/shop:v2 is not trusted: nothing answers at x', untouched],
    [9, "this host can't ask what x/shop:v2 is: nothing answers at x", untouched],
    [1, 'the registry does not answer for x/shop:v2: nothing answers at x', untouched],
    [127, 'shop is not set up on scripted', 'Run setup first: npx tsx playbooks/setup.ts'],
  ])('is not known where digest.sh ends with %i', async (code, message, hint) => {
    const host = new TestHost({ [command]: { code, ...trouble } })
    expect(await failure(resolveTag(host.host, app, 'v2'))).toEqual({
      kind: code === 127 ? 'MissingError' : 'CutoverError',
      message,
      hint,
    })
  })

  it('is what may be released only if it is signed, where the app wants that', async () => {
    const host = new TestHost((text) => (text === command ? `${digest(2)}\n` : ''))
    expect((await failure(resolveTag(host.host, { ...app, verify: ['a key'] }, 'v2'))).message).toBe(
      `shop v2 is not signed: the registry has no signature of x/shop@${digest(2)}`,
    )
    expect(host.commands[1]).toMatch(/^\/opt\/cutover\/registry-get\.sh x\/shop /)
  })

  it('is not known where digest.sh is killed', async () => {
    const host = new TestHost({ [command]: { code: null as never, stderr: 'only one line' } })
    expect(await failure(resolveTag(host.host, app, 'v2'))).toMatchObject({
      message: 'the registry does not answer for x/shop:v2: only one line',
      hint: 'The running release is untouched.',
    })
  })

  it.each<[string, ScriptedOutput, string]>([
    [
      'names what there is instead',
      '{"tags":["v1"]}\n',
      "Is the tag pushed?\nDid you mean 'v1'? The newest that it has is v1 (by the order of versions).",
    ],
    ['names nothing where the registry lists no tags', { stdout: '{"tags":["v1"]}', code: 1 }, 'Is the tag pushed?'],
  ])('that the registry does not have %s', async (_, listed, hint) => {
    const host = new TestHost({
      [command]: { code: 4, stderr: 'x has no shop:v2\nIs the tag pushed?\n' },
      [tags]: listed,
    })
    expect(await failure(resolveTag(host.host, app, 'v2'))).toEqual({
      kind: 'CutoverError',
      message: 'the registry has no x/shop:v2',
      hint,
    })
    expect(host.commands).toEqual([command, tags])
  })
})

it.each<[string, ScriptedOutput, string | null]>([
  ['is asked of the registry', `${digest(5)}\n`, digest(5)],
  ['is not known where the registry does not say', { stdout: digest(5), code: 5 }, null],
])('the digest of the followed tag %s', async (_, output, expected) => {
  const host = new TestHost({ '/opt/cutover/digest.sh x/shop main 2>/dev/null': output })
  expect(await followedDigest(host.host, appWith({ follow: 'main' }))).toBe(expected)
})

it('the digest of the followed tag is asked between the other commands where sshd allows no further channel', async () => {
  const host = new TestHost({ '/opt/cutover/digest.sh x/shop main 2>/dev/null': `${digest(5)}\n` })
  host.spawn = () => Promise.reject(new Error('open failed'))
  expect(await followedDigest(host.host, appWith({ follow: 'main' }))).toBe(digest(5))
})

it.each([
  ['shop', 'latest'],
  ['shop:v1', 'v1'],
  ['registry:5000/shop', 'latest'],
  ['registry:5000/shop:dev', 'dev'],
  [`sha256:${'0123456789abcdef'.repeat(4)}`, 'id-0123456789ab'],
  ['0123456789ab', 'id-0123456789ab'],
  [`shop@${digest(3)}`, 'id-333333333333'],
])('a release of the image %s is called %s', (image, tag) => {
  expect(tagOfImage(image)).toBe(tag)
})
