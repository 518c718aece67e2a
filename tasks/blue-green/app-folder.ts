import { type Change, type HostView, type Task, task, UnsafeError } from '../../runner/index.ts'
import { ourMark } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { parseRoute, routeFile } from '../proxy/index.ts'
import { directories, type Directory, file } from '../system/index.ts'
import { historyFile } from './history.ts'
import { observe } from './observe.ts'

/** What shows that setup made an app's folder. */
const markFile = (app: string): string => `${paths.app(app)}/.cutover`

/** An app's folder, and those in it. What is called like the app and is somebody else's is left alone. */
export const appFolder = (app: string, inside: readonly Directory[]): Task[] => [
  claimApp(app),
  directories([{ path: paths.app(app) }]),
  // Before anything else is in it: a setup that is cut off knows its own again.
  file(markFile(app), `${ourMark}: setup keeps what is in this folder.\n`),
  ...(inside.length > 0 ? [directories(inside)] : []),
]

/** The app's folder, its slots' containers and its route file are not there, or are ours. */
const claimApp = (app: string): Task =>
  task<Change>({
    name: `claim ${app}`,
    check: async (host) => {
      const folder = paths.app(app)
      const inIt = await foreignIn(host, app)
      if (inIt !== '') {
        throw new UnsafeError(`${folder} is not Cutover's: ${inIt}`, {
          hint: `It is left as it is. Give the app another name in the inventory, or move what is there elsewhere (mv ${folder} /root/), and run this again.\nIf it is what a setup left that was cut off: touch ${markFile(app)}`,
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
          hint: `It is left as it is. Give it another name (mv ${routeFile(app)} ${paths.dynamic}/${app}-mine.yaml; Traefik reads it all the same), and run this again.`,
        })
      }
      return null
    },
    apply: async () => undefined,
  })

/** What is in an app's folder that setup has not made; '' where there is no folder, an empty one, or ours. */
async function foreignIn(host: HostView, app: string): Promise<string> {
  const { stdout } = await host.$`folder=${paths.app(app)}
    if [ -L "$folder" ]; then echo "it is a link to $(readlink "$folder")"; exit; fi
    if [ -e "$folder" ] && [ ! -d "$folder" ]; then echo 'it is no folder'; exit; fi
    if [ -e ${markFile(app)} ] || [ "$(readlink "$folder/deploy" || :)" = ${`${paths.program}/cutover.sh`} ]; then exit; fi
    ls -A -- "$folder" 2>/dev/null | grep -v '^\.\.cutover\.' | head -n 3 | paste -sd ' ' - | sed -n 's/^./it holds &/p'`
  return stdout.trim()
}
