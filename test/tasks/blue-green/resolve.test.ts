import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { parseTags, resolveTag, suggestions, tagNamed } from '../../../tasks/blue-green/resolve.ts'

const app = toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/shop' }))

it.each([
  ['', 'a tag is letters', undefined],
  [' v1', 'a tag is letters', undefined],
  ['ghcr.io/you/shop:v1.0.0', 'a tag is letters', 'The image is in the inventory; the tag alone: v1.0.0'],
  [
    `ghcr.io/you/shop@sha256:${'a'.repeat(64)}`,
    'a tag is letters',
    'A release is named by its tag; its digest is asked of the registry.',
  ],
])('%j is refused as a tag, with what to write', (text, why, hint) => {
  expect(() => tagNamed(text)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(`'${text}' is not a valid tag: ${why}`) as string,
      hint,
      exit: 2,
    }),
  )
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

  it.each([
    [4, 'the registry has no x/shop:v2', /Is the tag pushed\?\nDid you mean 'v1'\?/],
    [5, 'the registry does not answer for x/shop:v2: nothing answers at x', /Is it up\?\ncurl: \(7\) refused/],
    [6, 'the registry refused to say what x/shop:v2 is: nothing', /Is it up/],
    [7, "the registry can't say now what x/shop:v2 is: nothing", /Is it up/],
    [8, 'the registry of x/shop:v2 is not trusted: nothing', /Is it up/],
    [9, "this host can't ask what x/shop:v2 is: nothing", /Is it up/],
    [127, 'shop is not set up on scripted', /Run setup first/],
  ])('digest.sh ends with %i', async (code, message, hint) => {
    const host = new ScriptedHost((command) =>
      command.startsWith('/opt/cutover/tags.sh x/shop')
        ? '{"tags":["v1"]}\n'
        : command === '/opt/cutover/digest.sh x/shop v2'
          ? {
              code,
              stderr:
                code === 4
                  ? 'x has no shop:v2\nIs the tag pushed?\n'
                  : 'nothing answers at x\nIs it up?\ncurl: (7) refused\n',
            }
          : undefined,
    )
    await expect(resolveTag(host.host, app, 'v2')).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      hint: expect.stringMatching(hint) as string,
    })
  })
})
