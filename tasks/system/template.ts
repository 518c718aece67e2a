import { render, type Task } from '../../runner/index.ts'
import { contentOf } from './content.ts'
import type { FileOptions } from './file.ts'
import { localPath } from './local-path.ts'
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
  const content = contentOf(render(localPath(source, template), values))
  return placedFile({ name: `template ${path}`, path, content: () => content }, options)
}
