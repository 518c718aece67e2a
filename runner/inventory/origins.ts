import type { InventoryHost } from './inventory.ts'

/** A host's variables, one a line, with the place that each comes from: for `--show-vars`. */
export function originLines(host: InventoryHost): string {
  const rows = host
    .origins()
    .map(({ route, value, from }) => [route.join('.'), JSON.stringify(value), from ?? 'default'])
  const width = (column: number): number => Math.min(60, Math.max(0, ...rows.map((row) => row[column]!.length)))
  return [
    host.name,
    ...rows.map(([key, value, from]) => `  ${key!.padEnd(width(0))}  ${value!.padEnd(width(1))}  ${from}`),
    '',
  ].join('\n')
}
