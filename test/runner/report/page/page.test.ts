import { describe, expect, it } from 'vitest'
import { pageOf } from '../../../../runner/report/page/page.ts'
import type { RunData } from '../../../../runner/report/page/run-data.ts'
import { failedRelease, host, large, release, run, step, traffic } from './sample-data.ts'

/** The texts of a value, however deep, replaced. */
function replaced<T>(value: T, by: (text: string) => string): T {
  return JSON.parse(JSON.stringify(value), (key, each: unknown) =>
    typeof each === 'string' && !['status', 'severity', 'phase'].includes(key) ? by(each) : each,
  ) as T
}

const everything = (): RunData => ({
  ...failedRelease(),
  notes: [{ at: 1, host: 'web-1', text: 'a word' }],
  findings: [{ host: 'web-1', findings: [{ severity: 'error', subject: 'disk', text: 'full', hint: 'empty it' }] }],
  traffic: [
    { host: 'web-1', traffic: traffic() },
    { host: 'web-2', traffic: traffic(1) },
  ],
})

describe('the page', () => {
  it('needs no network: it names no other file and no address', () => {
    const page = pageOf(release())
    expect(page).not.toMatch(/<link|<img|<iframe|@import|url\(|src=|https?:\/\/(?!shop-)/i)
    expect(page.match(/<script/g)).toHaveLength(2)
  })

  it.each(['</script><img src=x onerror=alert(1)>', '"><b onclick=x>', "' onfocus='x", '\u2028</style>'])(
    'shows %j as a text, wherever it stands',
    (hostile) => {
      const page = pageOf(replaced(everything(), (text) => `${hostile}${text}`))
      expect(page.replace(/"steps">.*?<\/script>/s, '')).not.toContain(hostile)
      expect(page.match(/<script/g)).toHaveLength(2)
      expect(page.match(/<\/script/g)).toHaveLength(2)
      expect(page).not.toMatch(/<img|<b /)
    },
  )

  it('has the details of each step that has any, and what failed with what to do', () => {
    const [, json = ''] = /id="steps">(.*?)<\/script>/.exec(pageOf(failedRelease())) ?? []
    expect(JSON.parse(json)).toMatchObject({
      h1s2: { summary: 'registry.lan/shop:v1.2.0' },
      h1s5: { retries: ['/health answers 503', '/health answers 500'] },
      h1s6: { undo: true },
    })
    expect(JSON.parse(json)).not.toHaveProperty('h1s0')
    expect(pageOf(failedRelease())).toContain('<h4>What to do</h4>')
  })

  it('leaves out what there is none of', () => {
    const page = pageOf(run({ hosts: [host('a', [step('x', 0, 1)])] }))
    expect([...page.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, title]) => title)).toEqual(['Timeline'])
  })

  it('of 50 hosts with 30 steps each is made in less than 5 s and has less than 1.5 MB', () => {
    const since = performance.now()
    expect(pageOf(large()).length).toBeLessThan(1_500_000)
    expect(performance.now() - since).toBeLessThan(5000)
  })
})
