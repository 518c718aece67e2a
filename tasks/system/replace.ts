import { type Task, UnsafeError } from '../../runner/index.ts'
import { editedFile, type EditOptions } from './edited-file.ts'

/**
 * What a pattern matches in a text file is replaced, wherever it is. The replacement may have `$1`, `$<name>` and `$&`,
 * as in JavaScript. `^` and `$` stand for the ends of lines if the pattern has the flag `m`. Line ends are `\n` for the
 * pattern, also in a file whose lines end with CRLF, and stay as they are in the file. A replacement in which the pattern
 * would find something to replace again is an error: each run would change the file once more.
 *
 * @example
 * replace('/etc/default/ntpsec', /^(NTPD_OPTS)=.*$/m, '$1="-g -N"', { notify: [restart('ntpsec')] })
 */
export const replace = (path: string, pattern: RegExp, replacement: string, options: EditOptions = {}): Task =>
  editedFile(
    {
      name: `replace ${path}: ${String(pattern)} → ${replacement}`,
      path,
      edit: (text) => withReplacement(text, pattern, { path, replacement }),
    },
    options,
  )

/** A text with all matches replaced. @throws UnsafeError if the result would be changed again */
export function withReplacement(
  text: string,
  pattern: RegExp,
  { path, replacement }: { path: string; replacement: string },
): string {
  const isCrlf = text.includes('\r\n') && !/(?<!\r)\n/.test(text)
  const fromHost = isCrlf ? text.replaceAll('\r\n', '\n') : text
  const everywhere = new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`)
  const once = fromHost.replace(everywhere, replacement)
  const twice = once.replace(everywhere, replacement)
  if (twice !== once)
    throw new UnsafeError(`${String(pattern)} would match in ${path} again what '${replacement}' has replaced`, {
      hint:
        `Each run would change the file once more: ${firstDifference(once, twice)}. ` +
        'Write a pattern that does not match the replacement, or that matches all of it: /^Port .*$/m → Port 22.',
    })
  return isCrlf ? once.replaceAll('\n', '\r\n') : once
}

/** The first line that a second replacement would change, before and after it. */
function firstDifference(once: string, twice: string): string {
  const [before, after] = [once.split('\n'), twice.split('\n')]
  const index = Math.max(
    0,
    before.findIndex((line, at) => line !== after[at]),
  )
  return `'${before[index] ?? ''}' would become '${after[index] ?? ''}'`
}
