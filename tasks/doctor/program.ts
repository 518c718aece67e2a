import { paths } from '../paths.ts'
import { ownVersion } from '../version.ts'
import { type Check, ok } from './check.ts'
import { isOlder } from './version.ts'

/** Which Cutover has set the host up: setup by an older one takes back what a newer one has brought. */
export const program: Check = {
  name: 'program',
  script: () => `cat ${paths.program}/version 2>/dev/null`,
  find: (shown) => {
    const [there, here] = [shown.trim(), ownVersion()]
    // Nobody has set it up yet, or a Cutover that did not say its version.
    if (there === '') return []
    if (!isOlder(here, there)) return ok(`of Cutover ${there}`)
    return [
      {
        severity: 'warning',
        text: `Cutover ${there} has set this host up, and this is an older one, ${here}: its setup brings the older program back`,
        hint: 'Is this checkout or package out of date? Update it, and run setup again.',
      },
    ]
  },
}
