import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CutoverError, render, type Task } from '../../runner/index.ts'
import { contentOf } from './content.ts'
import type { FileOptions } from './file.ts'
import { placedFile } from './placed-file.ts'

/**
 * A file has the content that a template gives for some values. With a secret among them, the file is one: see `render`.
 * @param source the template: absolute, or relative to the file that calls this
 * @throws CutoverError with the template's path and line
 * @example
 * template('/etc/nginx/conf.d/shop.conf', 'shop.conf.njk', { domain: 'shop.example.org' })
 */
export function template(
  path: string,
  source: string | URL,
  values: Record<string, unknown> = {},
  options: FileOptions = {},
): Task {
  const local = source instanceof URL ? fileURLToPath(source) : resolve(callersFolder(), source)
  const content = contentOf(render(local, values))
  return placedFile({ name: `template ${path}`, path, content: () => content }, options)
}

/** The folder of the file that called `template`. */
function callersFolder(): string {
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace, template)
  const place = /(?:\(|at )(?:async )?((?:file:\/\/)?\/[^\n]*?):\d+:\d+\)?$/m.exec(trace.stack ?? '')?.[1]
  if (place === undefined)
    throw new CutoverError('a template is named by a relative path, and nothing says what it is relative to', {
      hint: "Name it by new URL('NAME.njk', import.meta.url).",
    })
  return dirname(place.startsWith('file://') ? fileURLToPath(place) : place)
}
