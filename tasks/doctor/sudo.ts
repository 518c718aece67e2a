import { type Check, ok } from './check.ts'

/** Commands run as root. A sudo that refuses is found before: the host then counts as unreachable, with the reason. */
export const sudo: Check = {
  name: 'sudo',
  script: () => 'id',
  find: (shown) => {
    const [, id, name] = /^uid=(\d+)\((.*?)\)/.exec(shown) ?? []
    if (id === '0') return ok('commands run as root')
    return [
      {
        severity: 'error',
        text: `commands run as ${name}, and setup needs root`,
        hint: 'Take `become: none` out of the inventory, and let the user use sudo.',
      },
    ]
  },
}
