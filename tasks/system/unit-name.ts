import { CutoverError } from '../../runner/index.ts'

const types = ['service', 'socket', 'timer', 'mount', 'automount', 'path', 'target', 'swap', 'slice']

/** The name of a unit with its type: without one, it is a service. @throws CutoverError if it is not valid */
export function unitName(name: string): string {
  if (!/^[A-Za-z0-9:_.\\@-]+$/.test(name) || name.startsWith('-'))
    throw new CutoverError(`'${name}' is not a valid name of a unit`, { hint: 'As in nginx, or backup.timer.' })
  return types.some((type) => name.endsWith(`.${type}`)) ? name : `${name}.service`
}
