/** Whether a version (29.1.2, v3.6, 5:28.0-1) is older than another one. What neither of them names counts as 0. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(than)]
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0))
  return at !== undefined && (a[at] ?? 0) < (b[at] ?? 0)
}

const numbersOf = (version: string): number[] =>
  (/\d+(?:\.\d+)*/.exec(version.replace(/^\d+:/, ''))?.[0] ?? '').split('.').map(Number)
