import type { InventoryHost } from '../../runner/index.ts'
import type { Settings } from './settings.ts'

export type ShownHost = Pick<InventoryHost<Settings>, 'name' | 'vars' | 'origins'>

/** The place in the inventory of a key of an app, as `FILE:LINE:COLUMN: `; else that of the key above it, or of the app. */
export function whereOf(host: ShownHost, app: string, ...keys: readonly string[]): string {
  const own = host.origins().filter(({ route, from }) => from !== null && route[0] === 'apps' && route[1] === app)
  for (let length = keys.length; length >= 0; length--) {
    const found = own.find(({ route }) => keys.slice(0, length).every((key, index) => route[2 + index] === key))
    if (found) return `${found.from}: `
  }
  return ''
}
