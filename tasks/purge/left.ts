import { type Change, commandLine, type HostView, type Task, task } from '../../runner/index.ts'
import { ourMark } from '../docker/index.ts'

/** What is on a host of an app: `app` for its commands, a poller, a route. */
export type Left = ReadonlyMap<string, readonly string[]>

const script = `for link in /opt/*/deploy; do
  if [ "$(readlink "$link")" = /opt/cutover/cutover.sh ]; then echo "app $(basename "$(dirname "$link")")"; fi
done
grep -ls '${ourMark}' /etc/cron.d/cutover-* | sed 's|.*/cutover-|poller |'
grep -ls '${ourMark}' /etc/systemd/system/cutover-poll-*.timer | sed 's|.*/cutover-poll-|poller |; s|[.]timer$||'
grep -ls '${ourMark}' /opt/traefik/dynamic/*.yaml | sed '/\\/_/d; s|.*/|route |; s|[.].*||'
exit 0`

/** The apps that Cutover has set up on a host, with what is there of each. */
export async function appsThere(host: HostView): Promise<Left> {
  const { stdout } = await host.quiet`${['sh', '-c', script]}`
  const there = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const [what = '', app = ''] = line.split(' ')
    if (app !== '') there.set(app, [...new Set([...(there.get(app) ?? []), what])])
  }
  return there
}

/**
 * Changes nothing: tells which apps are on a host although the inventory does not place them there any more. They go on
 * serving, and their poller goes on releasing, until somebody purges them.
 */
export const appsThatLeft = (placed: readonly string[], tell: (note: string) => void): Task =>
  task<Change>({
    name: 'apps that left the inventory',
    check: async (host) => {
      const left = [...(await appsThere(host))].filter(([app]) => !placed.includes(app))
      for (const [app, what] of left)
        tell(
          `${host.name}: ${app} is not in the inventory any more, and still there (${what.join(', ')}). ` +
            `See what it has, and remove it: ${commandLine('purge', app, '--limit', host.name)}`,
        )
      return null
    },
    apply: async () => undefined,
  })
