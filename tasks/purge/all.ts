import { type Change, type HostView, type Task, task, UnsafeError, commandLine } from '../../runner/index.ts'
import { ourMark } from '../docker/index.ts'
import { pageFiles, pagesUnit, paths, publicNetwork } from '../paths.ts'
import { appsThere } from './left.ts'

const dropIn = '/etc/systemd/system/docker.service.d/cutover.conf'
const pagesFile = `/etc/systemd/system/${pagesUnit}`
/** Where an inventory has pages of its own, they have no mark. */
const pages = Object.values(pageFiles)
const ownFiles = [
  pagesFile,
  '/etc/logrotate.d/cutover',
  '/etc/systemd/system/cutover-poll@.service',
  '/etc/systemd/system/cutover-heal@.service',
]

/** What Cutover has on a host beside its apps. @param data also the certificates */
export async function programThere(host: HostView, data: boolean): Promise<string[]> {
  const files = [
    dropIn,
    ...ownFiles,
    paths.program,
    paths.log,
    `${paths.traefik}/compose.yaml`,
    ...pages,
    ...(data ? [`${paths.traefik}/acme`] : []),
  ]
  const { stdout } = await host.quiet`for path in ${files}; do if [ -e "$path" ]; then echo "$path"; fi; done
    if command -v docker >/dev/null; then
      docker ps -a --format '{{.Names}} {{.Label "cutover.stamp"}}' | sed -n '/^traefik\\(-before\\)* ./s/^\\([^ ]*\\) .*/container \\1/p'
      docker network ls --format '{{.Name}} {{.Label "cutover"}}' | sed -n 's/^traefik-public 1$/network traefik-public/p'
    fi`
  return stdout.split('\n').filter(Boolean)
}

/**
 * The proxy, the program and its logs are gone from a host on which no app is left. Docker, the firewall and all packages stay.
 * @param data also removes the certificates
 */
export const noProgram = (data: boolean): Task =>
  task<Change & { there: readonly string[] }>({
    name: 'no Traefik and no program of Cutover',
    check: async (host) => {
      const apps = [...(await appsThere(host)).keys()]
      if (apps.length > 0)
        throw new UnsafeError(`${host.name} still has ${apps.join(', ')}: an app needs Traefik and the program`, {
          hint: `Nothing was removed. First: ${apps.map((app) => commandLine('purge', app)).join('; ')}`,
        })
      const there = await programThere(host, data)
      return there.length === 0
        ? null
        : { summary: `remove ${there.length} things`, before: `${there.join('\n')}\n`, after: '', there }
    },
    apply: async (host, { there }) => {
      const named = (kind: string): string[] =>
        there.filter((each) => each.startsWith(`${kind} `)).map((each) => each.slice(kind.length + 1))
      const [containers, networks] = [named('container'), named('network')]
      if (containers.length > 0) await host.$`docker stop ${containers} >/dev/null; docker rm ${containers} >/dev/null`
      if (networks.length > 0) await host.$`docker network rm ${publicNetwork} >/dev/null`
      // dockerd starts with the guard of the program: first systemd forgets it.
      if (there.includes(pagesFile)) await host.$`systemctl disable --now ${pagesUnit}`
      await host.$`rm -f -- ${[dropIn, ...ownFiles]}; systemctl daemon-reload`
      // What in the folder of Traefik has no mark was put there by somebody else, or is a certificate.
      await host.$`find ${paths.traefik} -type f -exec grep -l ${ourMark} '{}' + 2>/dev/null | xargs -r -d '\\n' rm -f --; rm -rf --one-file-system -- ${[...(data ? [`${paths.traefik}/acme`] : []), ...pages, paths.log, paths.program]}; find ${paths.traefik} -depth -type d -empty -delete 2>/dev/null || :`
    },
  })
