import { levenshtein } from './packages.ts'

/** The name that is most similar to another; undefined if none is similar enough. */
export function closestTo(name: string, names: readonly string[]): string | undefined {
  const { distance } = levenshtein()
  const [closest] = names
    .map((known) => ({ known, edits: distance(name.toLowerCase(), known.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  const mostEdits = Math.max(2, Math.floor(name.length * 0.4))
  return closest !== undefined &&
    closest.edits <= mostEdits &&
    closest.edits < Math.max(name.length, closest.known.length)
    ? closest.known
    : undefined
}

/** A hint for an unknown name: 'Did you mean …?' if a known one is similar, and the known names. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const similar = closestTo(name, names)
  const all = `There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`
  return similar === undefined ? all : `Did you mean '${similar}'? ${all}`
}
