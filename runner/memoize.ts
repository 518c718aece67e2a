/** A function that makes its result once for each key. */
export function memoize<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, { value: T }>()
  return (key) => {
    const known = made.get(key) ?? { value: make(key) }
    made.set(key, known)
    return known.value
  }
}
