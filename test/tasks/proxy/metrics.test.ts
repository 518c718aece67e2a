import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import {
  countsBeside,
  noResponses,
  parseSums,
  responseCounts,
  since,
  summed,
  type ResponseCounts,
} from '../../../tasks/proxy/metrics.ts'
import { TestHost } from '../blue-green/builders.ts'

const sums = `shop-blue@file all 27
shop-blue@file errors 12
shop-blue@file 0.005 20
shop-blue@file +Inf 27
shop-green@file all 3
shop-green@file 0.005 0
`
const [blue, green]: ResponseCounts[] = [
  { all: 27, errors: 12, durations: { '0.005': 20, '+Inf': 27 } },
  { all: 3, errors: 0, durations: { '0.005': 0 } },
]
const command =
  /^sh -c 'sums=\$1;.* "http:\/\/\$api\/metrics" .*\| grep -F "\$@" \| awk "\$sums"' sh .*-e 'service="shop-blue@file"' -e 'service="shop-green@file"'$/s

describe('what services have answered', () => {
  it('is read from sums that the host makes', async () => {
    expect([parseSums(sums, 'shop-blue'), parseSums(sums, 'shop-green')]).toEqual([blue, green])
    const host = new ScriptedHost((given) => (command.test(given) ? sums : undefined))
    expect(await responseCounts(host.host, ['shop-blue', 'shop-green'])).toEqual([blue, green])
  })

  it('is nothing where Traefik does not answer', async () => {
    expect(await responseCounts(new ScriptedHost(() => ({ code: 1 })).host, ['shop-blue'])).toEqual([noResponses])
  })

  it('can be asked beside other commands', async () => {
    const host = new TestHost((given) => (command.test(given) ? sums : undefined))
    expect(await countsBeside(host.host, ['shop-blue', 'shop-green'])).toEqual([blue, green])
    expect(host.commands).toEqual([expect.stringMatching(/^spawn sh -c /)])
  })
})

describe('counts', () => {
  it('are those that came since, or all after Traefik was started again', () => {
    const now: ResponseCounts = { all: 30, errors: 13, durations: { '0.005': 21, '+Inf': 30 } }
    expect(since(blue!, now)).toEqual({ all: 3, errors: 1, durations: { '0.005': 1, '+Inf': 3 } })
    expect(since(now, blue!)).toEqual(blue)
  })

  it('add up', () => {
    expect(summed([blue!, green!])).toEqual({ all: 30, errors: 12, durations: { '0.005': 20, '+Inf': 27 } })
  })
})
