/** Writes the pictures of docs/report.md: `npx tsx test/integration/report-pictures.ts`. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pageOf } from '../../runner/report/page/page.ts'
import { failedRelease, release } from '../runner/report/page/sample-data.ts'
import { openBrowser } from '../../lab/browser.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const pictures = [
  { name: 'report-light', data: release(), colorScheme: 'light', width: 800, height: 1500, open: ['switch'] },
  { name: 'report-dark', data: release(), colorScheme: 'dark', width: 800, height: 1500, open: ['switch'] },
  { name: 'report-narrow', data: failedRelease(), colorScheme: 'light', width: 360, height: 800, open: [] },
] as const

const browser = await openBrowser(console.log)
for (const { name, data, colorScheme, width, height, open } of pictures) {
  const file = join(folder, `${name}.html`)
  writeFileSync(file, pageOf(data))
  const page = await browser.newPage({ colorScheme, viewport: { width, height } })
  await page.goto(pathToFileURL(file).href)
  for (const button of open) await page.getByRole('button', { name: button, exact: true }).first().click()
  await page.evaluate('document.activeElement.blur(); scrollTo(0, 0)')
  await page.screenshot({ path: join(import.meta.dirname, `../../docs/${name}.png`) })
}
await browser.close()
