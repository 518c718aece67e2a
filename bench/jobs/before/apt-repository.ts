import { type Task, task } from '../../../runner/index.ts'
import { copy, file } from '../../../tasks/authors.ts'
import { apt } from '../old-tasks.ts'

const sources = '/etc/apt/sources.list.d/shop.sources'
const keyring = '/etc/apt/keyrings/shop.asc'

/** The package lists were read after the sources were written: a handler would come after the packages. */
const listsAreRead = (): Task =>
  task({
    name: 'package lists',
    check: async (host) => {
      const { stdout } = await host.$`find ${[sources, keyring]} -newer /var/lib/apt/lists/partial`
      return stdout === '' ? null : { summary: 'read them again' }
    },
    apply: async (host) => {
      await host.live`apt-get -o DPkg::Lock::Timeout=300 update --error-on=any`
      await host.$`touch /var/lib/apt/lists/partial`
    },
  })

/** A package of a repository that is not Debian's. @param key a file of this machine */
export const job = (uris: string, key: string): Task[] => [
  copy({ from: key, to: keyring }),
  file(sources, `Types: deb\nURIs: ${uris}\nSuites: ./\nSigned-By: ${keyring}\n`),
  listsAreRead(),
  apt(['lab-signed']),
]
