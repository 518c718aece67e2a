import {
  type Change,
  commandLine,
  type HostView,
  MissingError,
  type Task,
  task,
  UnsafeError,
} from '../../runner/index.ts'
import { ourMark } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { parseRoute, routeFile } from '../proxy/index.ts'
import { rootFile, rootFolder } from '../system/index.ts'
import { historyFile } from './history.ts'
import { observe } from './slots/observe.ts'

/** The file that shows that setup made an app's folder. */
const markFile = (app: string): string => `${paths.app(app)}/.cutover`

/**
 * Tasks that make an app's folder and the folders in it.
 * The first one fails with an UnsafeError where a file, container or route of that name belongs to somebody else.
 */
export const appFolder = (app: string, inside: readonly string[]): Task[] => [
  claimApp(app),
  rootFolder(paths.app(app)),
  // Written before anything else, so that a setup that was interrupted recognizes its own folder.
  rootFile(markFile(app), `${ourMark}: setup keeps what is in this folder.\n`),
  ...inside.map((path) => rootFolder(path)),
]

/** Changes nothing: fails unless setup has made the app on the host. */
export const appIsSetUp = (app: string): Task =>
  task<Change>({
    name: `${app} is set up`,
    check: async (host) => {
      if ((await host.stat(markFile(app))) === null)
        throw new MissingError(`${app} is not set up on ${host.name}`, {
          hint: `Run setup first: ${commandLine('setup')}`,
        })
      return null
    },
    apply: async () => undefined,
  })

/** Changes nothing: fails unless the app's folder, slot containers and route file are missing or made by Cutover. */
const claimApp = (app: string): Task =>
  task<Change>({
    name: `claim ${app}`,
    check: async (host) => {
      const folder = paths.app(app)
      const foreign = await foreignContent(host, app)
      if (foreign !== '') {
        throw new UnsafeError(`${folder} is not Cutover's: ${foreign}`, {
          hint:
            `It is left as it is. Give the app another name in the inventory, or move what is there elsewhere ` +
            `(mv ${folder} /root/), and run this again.\n` +
            `If it is what a setup left that was cut off: touch ${markFile(app)}`,
        })
      }
      const [{ route }, history] = await Promise.all([observe(host, app), host.read(historyFile(app))])
      if (
        route !== null &&
        route.trim() !== '' &&
        history === null &&
        parseRoute(app, route) === null &&
        !route.includes(ourMark)
      ) {
        throw new UnsafeError(`${routeFile(app)} is not Cutover's: it has no line '${ourMark}'`, {
          hint:
            `It is left as it is. Give it another name (mv ${routeFile(app)} ${paths.dynamic}/${app}-mine.yaml; ` +
            `Traefik reads it all the same), and run this again.`,
        })
      }
      return null
    },
    apply: async () => undefined,
  })

/** Describes what setup did not make in an app's folder; '' if the folder is missing, empty, or made by setup. */
async function foreignContent(host: HostView, app: string): Promise<string> {
  // grep finds nothing in an empty folder, head ends before ls does, and a folder that cannot be listed is missing.
  const { stdout } = await host.$({ pipefail: false })`folder=${paths.app(app)}
    if [ -L "$folder" ]; then echo "it is a link to $(readlink "$folder")"; exit; fi
    if [ -e "$folder" ] && [ ! -d "$folder" ]; then echo 'it is no folder'; exit; fi
    if [ -e ${markFile(app)} ] || [ "$(readlink "$folder/deploy" || :)" = ${`${paths.program}/cutover.sh`} ]; then exit; fi
    ls -A -- "$folder" 2>/dev/null | grep -v '^[.][.]cutover[.]' | head -n 3 | paste -sd ' ' - | sed -n 's/^./it holds &/p'`
  return stdout.trim()
}
