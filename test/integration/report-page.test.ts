import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, describe, expect, it as always } from 'vitest'
import { openBrowser } from '../../lab/browser.ts'
import { LabUnavailable } from '../../lab/engine.ts'
import { pageOf } from '../../runner/report/page/page.ts'
import type { RunData } from '../../runner/report/page/run-data.ts'
import { failedRelease, host, large, release, run, step } from '../runner/report/page/sample-data.ts'
import { lowContrast } from './contrast.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))

/** null: this machine has no browser, and cannot install one. */
const browser = await openBrowser((line) => console.log(line)).catch((error: unknown) => {
  if (!(error instanceof LabUnavailable) || process.env.CI === 'true') throw error
  console.log(`SKIPPED: ${error.message}`)
  return null
})
afterAll(() => browser?.close())
const it = always.skipIf(browser === null)

let count = 0

/** What the page of a run shows in a browser; nothing may go wrong in it, and it may ask for nothing. */
async function shown(data: RunData, work: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) {
  const file = join(folder, `${++count}.html`)
  writeFileSync(file, pageOf(data))
  const context = await browser!.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const errors: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => errors.push(message.text()))
  page.on('request', (request) => requests.push(request.url()))
  try {
    await page.goto(pathToFileURL(file).href)
    await work(page)
    expect(errors).toEqual([])
    expect(requests.filter((url) => !url.startsWith('file:'))).toEqual([])
  } finally {
    await context.close()
  }
}

const focused = (page: Page): Promise<string> => page.evaluate<string>('document.activeElement.textContent')
const pressed = async (page: Page, ...keys: string[]): Promise<string> => {
  for (const key of keys) await page.keyboard.press(key)
  return focused(page)
}
const step1 = (page: Page, name: string): ReturnType<Page['getByRole']> =>
  page.getByRole('button', { name, exact: true }).first()

/** Everything that a page may show, with long words. */
const everything = (): RunData => ({
  ...failedRelease(),
  traffic: release().traffic,
  notes: [{ at: 1, host: 'web-1', text: `a word ${'x'.repeat(200)}` }],
  findings: [
    { host: 'web-1', findings: [{ severity: 'error', subject: 'disk', text: 'is full', hint: 'Empty it.' }] },
    { host: 'web-2', findings: [{ severity: 'warning', subject: 'clock', text: 'is late' }] },
  ],
})

describe('a step', () => {
  it('opens and closes by a click, with what changed', () =>
    shown(release(), async (page) => {
      const button = step1(page, 'switch')
      await button.click()
      expect(await button.getAttribute('aria-expanded')).toBe('true')
      const details = page.locator(`#${await button.getAttribute('aria-controls')}`)
      expect(await details.innerText()).toContain('+          - url: http://shop-green:8000')
      expect(await details.locator('.plus').count()).toBe(1)
      await button.click()
      expect(await details.count()).toBe(0)
    }))

  it('is reached and opened by keyboard alone', () =>
    shown(release(), async (page) => {
      await step1(page, 'web-1').focus()
      expect(await pressed(page, 'ArrowDown', 'ArrowDown')).toBe('route')
      expect(await pressed(page, 'ArrowUp')).toBe('resolve')
      expect(await pressed(page, 'Tab')).toBe('route')
      expect(await pressed(page, 'End')).toBe('record')
      expect(await pressed(page, 'Home', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter')).toBe('pull image')
      expect(await page.getByText('registry.lan/shop:v1.2.0').count()).toBe(3)
      await page.keyboard.press('Escape')
      expect(await page.locator('tr.details').count()).toBe(0)
      // A host folds by the same keys.
      await page.keyboard.press('Home')
      expect(await pressed(page, 'ArrowLeft', 'ArrowDown')).toBe('web-2')
      expect(await pressed(page, 'ArrowUp', 'ArrowRight', 'ArrowDown')).toBe('resolve')
    }))

  it('that has the focus shows it', () =>
    shown(release(), async (page) => {
      await step1(page, 'web-1').focus()
      await page.keyboard.press('ArrowDown')
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineWidth')).toBe('3px')
    }))

  it('that failed is reached from what to do', () =>
    shown(failedRelease(), async (page) => {
      expect(await page.getByText('Look at its log: docker logs shop-green').count()).toBe(1)
      await page.getByRole('link', { name: 'Its place in the timeline' }).click()
      await page.waitForSelector('tr.details')
      expect(await focused(page)).toBe('gate')
      expect(await page.locator('tr.details').innerText()).toMatch(/Why\s[^]*Tried again, because\s[^]*Output\s/)
    }))

  it('is left out where only what changed or failed is wanted', () =>
    shown(release(), async (page) => {
      expect(await step1(page, 'resolve').isVisible()).toBe(true)
      await page.getByLabel('Only what changed or failed').check()
      expect(await step1(page, 'resolve').isVisible()).toBe(false)
      await step1(page, 'web-1').focus()
      expect(await pressed(page, 'ArrowDown')).toBe('pull image')
    }))

  it('is read out as a row with its host, result and times', () =>
    shown(failedRelease(), async (page) => {
      const tree = await page.locator('table.timeline').ariaSnapshot()
      expect(tree).toContain('- columnheader "Host and step"')
      expect(tree).toMatch(/rowheader "web-2":\s+- button "web-2" \[expanded\]/)
      expect(tree).toMatch(/- cell "(✗ )?failed"\s+- cell "1\.9 s"\s+- cell "5\.0 s"/)
    }))
})

describe('the plots', () => {
  it('are told in words, and their figures stand in tables', () =>
    shown(release(), async (page) => {
      const plots = await page.getByRole('img').all()
      const words = await Promise.all(plots.map((plot) => plot.getAttribute('aria-label')))
      expect(words).toEqual([
        expect.stringMatching(/^Bars from -4 s to 16 s, .* switch at 0 s, drain at 15.2 s$/),
        expect.stringMatching(/^Lines from -4 s to 16 s: 95 % of the answers of v1.1.0/),
      ])
      await page.getByText('The figures, each second').click()
      expect(await page.getByRole('rowheader', { name: '-4 s' }).isVisible()).toBe(true)
      await page.getByText('By host').click()
      expect(await page.locator('details[open] tbody').first().innerText()).toMatch(/^web-1\s[^]*\nweb-2\s/)
    }))

  it('mark the switch where the new version begins', () =>
    shown(release(), async (page) => {
      const left = async (selector: string): Promise<number | undefined> =>
        (await page.locator(selector).first().boundingBox())?.x
      expect(Math.abs((await left('.mark'))! - (await left('path.new'))!)).toBeLessThan(3)
    }))
})

describe.each(['light', 'dark'] as const)('in a %s scheme', (colorScheme) => {
  it('every text has contrast, also of what opens', () =>
    shown(
      everything(),
      async (page) => {
        for (const button of await page.locator('tr.step button').all()) await button.click()
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await page.evaluate(lowContrast)).toEqual([])
        const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
        expect(paper).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(15, 20, 25)')
      },
      { colorScheme },
    ))
})

describe('on a screen of 360 pixels', () => {
  it.each([
    ['a release', release],
    ['everything', everything],
    ['long names', () => run({ hosts: [host('h'.repeat(200), [step('s'.repeat(200), 0, 1)])] })],
  ])('%s fits, also with all open', (_, data) =>
    shown(
      data(),
      async (page) => {
        for (const button of await page.locator('tr.step button').all()) await button.click()
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      },
      { viewport: { width: 360, height: 640 } },
    ),
  )
})

it('headings go down one level at a time', () =>
  shown(everything(), async (page) => {
    await step1(page, 'gate').click()
    const levels = await page.evaluate<number[]>(
      `[...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]))`,
    )
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([])
  }))

it('who wants little motion gets none', () =>
  shown(
    release(),
    async (page) => {
      expect(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior')).toBe('auto')
      expect(await page.evaluate('document.getAnimations().length')).toBe(0)
    },
    { reducedMotion: 'reduce' },
  ))

it('without JavaScript all steps are listed', () =>
  shown(
    large(8, 3),
    async (page) => {
      expect(await page.getByRole('rowheader', { name: 'task 3' }).count()).toBe(8)
      expect(await page.getByRole('rowheader', { name: 'task 3' }).last().isVisible()).toBe(true)
    },
    { javaScriptEnabled: false },
  ))

it('50 hosts with 30 steps each are there and open in less than 5 s each', () =>
  shown(large(), async (page) => {
    const loaded = await page.evaluate<number>(
      'performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart',
    )
    expect(await step1(page, 'task 1').isVisible()).toBe(false)
    const opened = await page.evaluate<number>(`(() => {
      const since = performance.now()
      document.getElementById('open-all').click()
      document.body.getBoundingClientRect()
      return performance.now() - since
    })()`)
    expect(await step1(page, 'task 1').isVisible()).toBe(true)
    const moved = await page.evaluate<number>(`(() => {
      const since = performance.now()
      const button = document.getElementById('h0s1')
      button.focus()
      button.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
      return performance.now() - since
    })()`)
    console.log(
      `50 × 30: loaded in ${loaded} ms, all opened in ${Math.round(opened)} ms, moved in ${Math.round(moved)} ms`,
    )
    expect(loaded).toBeLessThan(5000)
    expect(opened).toBeLessThan(5000)
    expect(moved).toBeLessThan(500)
  }))
