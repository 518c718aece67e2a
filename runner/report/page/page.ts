import { existsSync } from 'node:fs'
import { UsageError } from '../../errors.ts'
import { renderText } from '../../template.ts'
import { embeddedJson, escaped } from './escape.ts'
import type { RunData } from './run-data.ts'
import { stepId } from './timeline.ts'
import { viewOf } from './view.ts'

const template = new URL('../../../templates/report/page.html.njk', import.meta.url).pathname

/** @throws UsageError in the program that runs on a host: it is one file, without the page's template */
export function verifyTemplate(): void {
  if (!existsSync(template))
    throw new UsageError('no page is made here: this program has no template for it', {
      hint: 'Run the playbook from where its inventory is, or take --report json=FILE.',
    })
}

/** The page of a run: one file, which needs nothing else. */
export const pageOf = (data: RunData): string =>
  renderText(template, { page: escaped(viewOf(data)), steps: embeddedJson(detailsOf(data)) })

/** What the page shows of a step when it is opened, by the step's id. Steps without any of it are left out. */
function detailsOf({ hosts }: RunData): Record<string, object> {
  return Object.fromEntries(
    hosts.flatMap(({ steps }, h) =>
      steps.flatMap(({ summary, diff, error, retries, output, phase }, s) => {
        const lists = Object.entries({ diff, error, retries, output }).filter(([, lines]) => lines.length > 0)
        const details = {
          ...(summary && { summary }),
          ...(phase === 'undo' && { undo: true }),
          ...Object.fromEntries(lists),
        }
        return Object.keys(details).length > 0 ? [[stepId(h, s), details]] : []
      }),
    ),
  )
}
