import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CutoverError } from '../../runner/index.ts'

/**
 * The path of a file of this machine, as an author names it: absolute, by its URL, or relative to the file that calls
 * the task.
 * @param task the function that was called with it
 * @throws CutoverError if nothing says what a relative path is relative to
 */
export function localPath(source: string | URL, task: (...args: never[]) => unknown): string {
  if (source instanceof URL) return fileURLToPath(source)
  return isAbsolute(source) ? source : resolve(callersFolder(source, task), source)
}

/** The folder of the file that called the task. */
function callersFolder(source: string, task: (...args: never[]) => unknown): string {
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace, task)
  const place = /(?:\(|at )(?:async )?((?:file:\/\/)?\/[^\n]*?):\d+:\d+\)?$/m.exec(trace.stack ?? '')?.[1]
  if (place === undefined)
    throw new CutoverError(`'${source}' is a relative path, and nothing says what it is relative to`, {
      hint: `Name it by new URL('${source}', import.meta.url).`,
    })
  return dirname(place.startsWith('file://') ? fileURLToPath(place) : place)
}
