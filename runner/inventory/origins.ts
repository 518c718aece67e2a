import type { InventoryHost } from './model.ts'

/** In characters. A longer column is not padded. */
const widest = 60

/** A host's variables, one per line, with the place that each comes from: for `--show-vars`. */
export function originLines(host: InventoryHost): string {
  const rows = host.origins().map(({ route, value, from }) => ({
    key: route.join('.'),
    value: JSON.stringify(value),
    from: from ?? 'default',
  }))
  const width = (column: 'key' | 'value'): number =>
    Math.min(widest, Math.max(0, ...rows.map((row) => row[column].length)))
  return [
    host.name,
    ...rows.map(({ key, value, from }) => `  ${key.padEnd(width('key'))}  ${value.padEnd(width('value'))}  ${from}`),
    '',
  ].join('\n')
}
