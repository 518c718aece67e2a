import { type Change, commandLine, type HostView, type Task, task } from '../../runner/index.ts'
import { ourMark } from '../docker/index.ts'

/** What is on a host of an app: `app` for its commands, a poller, a route. */
export type Left = ReadonlyMap<string, readonly string[]>

/** Its arguments are files of upkeep. */
const script = `for file; do if grep -qs '${ourMark}' "$file"; then echo "upkeep $file"; fi; done
for link in /opt/*/deploy; do
  if [ "$(readlink "$link")" = /opt/cutover/cutover.sh ]; then echo "app $(basename "$(dirname "$link")")"; fi
done
grep -ls '${ourMark}' /etc/cron.d/cutover-* | sed 's|.*/cutover-|poller |'
grep -ls '${ourMark}' /etc/systemd/system/cutover-poll-*.timer | sed 's|.*/cutover-poll-|poller |; s|[.]timer$||'
grep -ls '${ourMark}' /opt/traefik/dynamic/*.yaml | sed '/\\/_/d; s|.*/|route |; s|[.].*||'
exit 0`

/** @param files those of upkeep that are looked for */
async function look(host: HostView, files: readonly string[]): Promise<{ apps: Left; upkeep: readonly string[] }> {
  const { stdout } = await host.quiet`${['sh', '-c', script, 'sh', ...files]}`
  const apps = new Map<string, string[]>()
  const upkeep: string[] = []
  for (const line of stdout.split('\n')) {
    const [what = '', name = ''] = line.split(' ')
    if (what === 'upkeep') upkeep.push(name)
    else if (name !== '') apps.set(name, [...new Set([...(apps.get(name) ?? []), what])])
  }
  return { apps, upkeep }
}

/** The apps that Cutover has set up on a host, with what is there of each. */
export const appsThere = async (host: HostView): Promise<Left> => (await look(host, [])).apps

/** What the inventory has for a host. */
export interface Placed {
  apps: readonly string[]
  /** What it does not name of upkeep: the file that an earlier setup has left, if it did, and the key. */
  former: ReadonlyMap<string, string>
}

/**
 * Changes nothing: tells which apps are on a host although the inventory does not place them there any more. They go on
 * serving, and their poller goes on releasing, until somebody purges them. Upkeep that left the inventory goes on, too.
 */
export const whatLeft = ({ apps: placed, former }: Placed, tell: (note: string) => void): Task =>
  task<Change>({
    name: 'what left the inventory',
    check: async (host) => {
      const there = await look(host, [...former.keys()])
      for (const [app, what] of there.apps)
        if (!placed.includes(app))
          tell(
            `${host.name}: ${app} is not in the inventory any more, and still there (${what.join(', ')}). ` +
              `See what it has, and remove it: ${commandLine('purge', app, '--limit', host.name)}`,
          )
      for (const path of there.upkeep)
        tell(
          `${host.name}: ${path} stays as an earlier setup left it, for the inventory has no ${former.get(path) ?? ''}. ` +
            `If it is not wanted any more: sudo rm ${path}`,
        )
      return null
    },
    apply: async () => undefined,
  })
