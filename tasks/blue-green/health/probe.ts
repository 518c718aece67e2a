import type { HostView } from '../../../runner/index.ts'
import { type App, domainsOf, isHttps } from '../../app/index.ts'
import { curl } from '../../system/index.ts'
import { type Listener, parseListeners } from './listening.ts'
import { notConnected, timedOut, type Verdict, verdictOf } from './verdict.ts'

/** An address as a URL and a Host header name it: IPv6 in brackets, without the interface of a link-local one. */
export const urlHost = (address: string): string =>
  address.includes(':') ? `[${address.replace(/%.*/, '')}]` : address

/**
 * The Host header of a health request: what is set for it, else the app's domain, else the host's address, as users
 * send it.
 */
export const hostOf = ({ health, access, address }: Pick<App, 'health' | 'access' | 'address'>): string =>
  health.host ?? domainsOf(access)[0] ?? urlHost(address)

/** curl for a request to the app's container, with the headers that Traefik adds to a request of a user. */
function request(app: App): string[] {
  const https = isHttps(app.access)
  const headers = {
    Host: hostOf(app),
    'X-Forwarded-Host': hostOf(app),
    'X-Forwarded-Proto': https ? 'https' : 'http',
    'X-Forwarded-Port': https ? '443' : '80',
    'X-Forwarded-For': '127.0.0.1',
    'X-Real-Ip': '127.0.0.1',
  }
  return [
    ...curl,
    '--max-time',
    '5',
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
  ]
}

/** A container that may be probed. */
export interface Probed {
  name: string
  /** On the public network. */
  address: string
}

const urlOf = (app: App, { address }: Probed, scheme = 'http'): string =>
  `${scheme}://${urlHost(address)}:${app.port}${app.health.path}`

/** Asks until so many answers in a row are good, or the time is over; prints the last one, and how many were good. */
const probing = `times=$1 end=$(($(date +%s%3N) + $2)) good=0
shift 2
while [ $good -lt $times ]; do
  code=$("$@" 2>/dev/null) || :
  case $code in
    2??) good=$((good + 1)) ;;
    *) good=0; [ "$(date +%s%3N)" -lt $end ] || break; sleep 0.05 ;;
  esac
done
echo "$code $good"`

export interface Probing {
  /** So many good answers in a row are enough. */
  times: number
  /** A bad answer is waited out for so long, in ms: the host asks again every 0.05 s. Default 0. */
  within?: number
}

/** Requests the health path. null: there were enough good answers (2xx) in a row; else the path and the last bad answer. */
export async function probe(
  host: HostView,
  app: App,
  container: Probed,
  { times, within = 0 }: Probing,
): Promise<string | null> {
  const one = [...request(app), '-o', '/dev/null', '-w', '%{http_code}', urlOf(app, container)]
  // A shell calculates with whole numbers only.
  const ms = String(Math.ceil(within))
  const { stdout } = await host.$`${['sh', '-c', probing, 'sh', String(times), ms, ...one]}`
  const [code, good] = stdout.trim().split(' ')
  return Number(good) >= times ? null : `${app.health.path} answers ${Number(code) === 0 ? 'nothing' : code}`
}

/** Why a container's health path is not answered well, and what to do; null: now it is. */
export async function diagnose(host: HostView, app: App, container: Probed): Promise<Verdict | null> {
  const url = urlOf(app, container)
  const [head, listeners] = await Promise.all([
    host.quiet({
      nothrow: true,
    })`${[...request(app), '-D', '-', '-o', '/dev/null', url]} 2>&1 && echo 'exit 0' || echo "exit $?"`,
    listenersOf(host, container.name),
  ])
  const answer = parseHead(head.stdout)
  const body =
    answer.status >= 400
      ? (await host.quiet({ nothrow: true, pipefail: false })`${[...request(app), url]} 2>/dev/null | head -c 2000`)
          .stdout
      : ''
  // To a request without TLS, a TLS port answers with 400, or closes the connection.
  const mayBeTls =
    answer.status === 400 || (answer.status === 0 && answer.exit !== notConnected && answer.exit !== timedOut)
  const tls =
    mayBeTls &&
    Number(
      (
        await host.quiet({
          nothrow: true,
        })`${[...request(app), '-k', '-o', '/dev/null', '-w', '%{http_code}', urlOf(app, container, 'https')]} 2>/dev/null`
      ).stdout,
    ) > 0
  return verdictOf({
    ...answer,
    body,
    tls,
    listeners,
    path: app.health.path,
    host: hostOf(app),
    port: app.port,
    https: isHttps(app.access),
  })
}

/**
 * Reads what `curl -D -` printed: the last answer's status and Location, curl's exit status (-1: not known) and
 * message.
 */
export function parseHead(text: string): { exit: number; status: number; location: string; message: string } {
  const last = text.slice(Math.max(0, text.lastIndexOf('HTTP/')))
  return {
    exit: Number(/^exit (\d+)$/m.exec(text)?.[1] ?? -1),
    status: Number(/^HTTP\/\S+ (\d{3})/m.exec(last)?.[1] ?? 0),
    location: /^location: *(.*?)\r?$/im.exec(last)?.[1] ?? '',
    message: /^curl: (.*)$/m.exec(text)?.[1] ?? '',
  }
}

/**
 * The listening sockets of a container, which the host reads from the container's first process. null: they cannot be
 * read.
 */
async function listenersOf(host: HostView, container: string): Promise<Listener[] | null> {
  const script =
    'pid=$(docker inspect --type container --format "{{.State.Pid}}" "$1") && [ "$pid" -gt 0 ] && ' +
    'cat "/proc/$pid/net/tcp" && { cat "/proc/$pid/net/tcp6" 2>/dev/null || true; }'
  const { stdout, exitCode } = await host.quiet({ nothrow: true })`${['sh', '-c', script, 'sh', container]} 2>/dev/null`
  return exitCode === 0 ? parseListeners(stdout) : null
}
