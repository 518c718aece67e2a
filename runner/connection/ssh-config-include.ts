import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { glob } from '../glob.ts'
import { expandHome } from '../home-path.ts'

/** The files that an `Include` names, in order: `~` is home, a relative one starts at a base, every part may be a pattern. */
export function filesOf(pattern: string, base: string): string[] {
  const path = resolve(base, expandHome(pattern))
  return path
    .split('/')
    .slice(1)
    .reduce<string[]>((places, part) => places.flatMap((place) => within(place, part)), ['/'])
    .filter((each) => statSync(each).isFile())
}

function within(place: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return existsSync(join(place, part)) ? [join(place, part)] : []
  const name = glob(part)
  if (!existsSync(place) || !statSync(place).isDirectory()) return []
  return readdirSync(place)
    .filter((each) => name.test(each) && (part.startsWith('.') || !each.startsWith('.')))
    .sort()
    .map((each) => join(place, each))
    .filter((each) => existsSync(each))
}
