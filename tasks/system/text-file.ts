import { type Host, type HostView, inTheWay, type WriteOptions } from '../../runner/index.ts'

/**
 * The text of a file, or of the one that a link leads to; null if there is none.
 * @throws CutoverError if something else is there, or the file is not UTF-8
 */
export async function readText(host: HostView, path: string): Promise<string | null> {
  const state = await host.stat(path, { follow: true })
  if (state !== null && state.kind !== 'file') throw inTheWay(path, state.kind, 'file')
  return state && host.read(path)
}

/**
 * Writes the text of a file, or of the one that a link leads to; null: removes it. Mode and owner stay unless they are
 * given.
 */
export async function writeText(host: Host, path: string, text: string | null, options?: WriteOptions): Promise<void> {
  const { stdout } = await host.quiet`readlink -f -- ${path}`
  const place = stdout.replace(/\n$/, '')
  if (text === null) await host.$`rm -f -- ${place}`
  else await host.write(place, text, options)
}
