import type { HostView } from '../../../../runner/index.ts'

/** /etc/fstab as it is, and with one entry: in place of the one for the same path, or at the end. */
export async function fstabWith(
  host: HostView,
  path: string,
  entry: string,
): Promise<{ before: string; after: string }> {
  const before = (await host.read('/etc/fstab')) ?? ''
  const lines = before.split('\n').filter((line, index, all) => line !== '' || index < all.length - 1)
  const isOwn = (line: string): boolean => !line.startsWith('#') && line.split(/\s+/).slice(0, 2).includes(path)
  const index = lines.findIndex(isOwn)
  if (index < 0) lines.push(entry)
  else lines[index] = entry
  return { before, after: `${lines.join('\n')}\n` }
}
