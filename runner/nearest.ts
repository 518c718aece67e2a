import { distance } from 'fastest-levenshtein'

/** The one of some names that is most like another; undefined if none is like it. */
export function closestTo(name: string, names: readonly string[]): string | undefined {
  const [closest] = names
    .map((each) => ({ each, edits: distance(name.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  const most = Math.max(2, Math.floor(name.length * 0.4))
  return closest !== undefined && closest.edits <= most && closest.edits < Math.max(name.length, closest.each.length)
    ? closest.each
    : undefined
}

/** A hint for a name that is not among some: 'Did you mean …?' where one is near, and the names that there are. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const near = closestTo(name, names)
  const all = `There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`
  return near === undefined ? all : `Did you mean '${near}'? ${all}`
}
