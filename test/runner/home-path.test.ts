import { homedir } from 'node:os'
import { expect, it } from 'vitest'
import { expandHome } from '../../runner/home-path.ts'

it.each([
  ['~', homedir()],
  ['~/.ssh/config', `${homedir()}/.ssh/config`],
  ['~//x/../y', `${homedir()}/y`],
  ['~other/.ssh', '~other/.ssh'],
  ['a/~/b', 'a/~/b'],
  ['/x//y', '/x//y'],
  ['', ''],
])('the home directory is expanded in %j: %j', (path, expanded) => expect(expandHome(path)).toBe(expanded))
