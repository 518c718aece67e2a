import type { HostView } from '../../runner/index.ts'
import type { App } from '../app/index.ts'
import { curl } from '../system/index.ts'
import { type Listener, parseListeners } from './listening.ts'
import { notConnected, timedOut, type Verdict, verdictOf } from './verdict.ts'

/** How a URL and a Host header name an address. */
export const urlHost = (address: string): string =>
  address.includes(':') ? `[${address.replace(/%.*/, '')}]` : address

/** The Host that users send: what is set for the health path, else the domain, else the address that the host is reached at. */
export const hostOf = ({ health, access, address }: Pick<App, 'health' | 'access' | 'address'>): string =>
  health.host ?? (access === 'local' ? urlHost(address) : access.domain)

/** A request to the app itself, with what Traefik tells it of a user's. */
function request(app: App): string[] {
  const https = app.access !== 'local'
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

/** Requests of the health path, one after the other. null: each was answered with 2xx; else what came, in a word. */
export async function probe(host: HostView, app: App, container: Probed, times: number): Promise<string | null> {
  const one = [...request(app), '-o', '/dev/null', '-w', '%{http_code} ', urlOf(app, container)]
  const { stdout } = await host.$({
    nothrow: true,
  })`for n in ${Array.from({ length: times }, (_, n) => String(n))}; do ${one} 2>/dev/null || true; done`
  const codes = stdout.trim().split(' ')
  if (codes.every((code) => /^2\d\d$/.test(code))) return null
  return `${app.health.path} answers ${[...new Set(codes)].map((code) => (code === '000' ? 'nothing' : code)).join(', ')}`
}

/** Why a container's health path is not answered well, and what to do. null: it is, now. Asked once, of one that is refused. */
export async function diagnose(host: HostView, app: App, container: Probed): Promise<Verdict | null> {
  const url = urlOf(app, container)
  const [head, listeners] = await Promise.all([
    host.quiet({
      nothrow: true,
    })`${[...request(app), '-D', '-', '-o', '/dev/null', url]} 2>&1 && echo 'exit 0' || echo "exit $?"`,
    listenersOf(host, container.name),
  ])
  const seen = parseHead(head.stdout)
  const body =
    seen.status >= 400
      ? (await host.quiet({ nothrow: true })`${[...request(app), url]} 2>/dev/null | head -c 2000`).stdout
      : ''
  // A port of TLS closes at once what is no TLS, or says 400.
  const asks = seen.status === 400 || (seen.status === 0 && seen.exit !== notConnected && seen.exit !== timedOut)
  const tls =
    asks &&
    Number(
      (
        await host.quiet({
          nothrow: true,
        })`${[...request(app), '-k', '-o', '/dev/null', '-w', '%{http_code}', urlOf(app, container, 'https')]} 2>/dev/null`
      ).stdout,
    ) > 0
  return verdictOf({
    ...seen,
    body,
    tls,
    listeners,
    path: app.health.path,
    host: hostOf(app),
    port: app.port,
    https: app.access !== 'local',
  })
}

/** What `curl -D -` printed: the last answer's status and Location, and how curl ended, with its own last words. */
export function parseHead(text: string): { exit: number; status: number; location: string; said: string } {
  const last = text.slice(Math.max(0, text.lastIndexOf('HTTP/')))
  return {
    exit: Number(/^exit (\d+)$/m.exec(text)?.[1] ?? -1),
    status: Number(/^HTTP\/\S+ (\d{3})/m.exec(last)?.[1] ?? 0),
    location: /^location: *(.*?)\r?$/im.exec(last)?.[1] ?? '',
    said: /^curl: (.*)$/m.exec(text)?.[1] ?? '',
  }
}

/** What listens in a container: the host reads it of the container's first process. null: that can't be read. */
async function listenersOf(host: HostView, container: string): Promise<Listener[] | null> {
  const script =
    'pid=$(docker inspect --type container --format "{{.State.Pid}}" "$1") && [ "$pid" -gt 0 ] && cat "/proc/$pid/net/tcp" && { cat "/proc/$pid/net/tcp6" 2>/dev/null || true; }'
  const { stdout, exitCode } = await host.quiet({ nothrow: true })`${['sh', '-c', script, 'sh', container]} 2>/dev/null`
  return exitCode === 0 ? parseListeners(stdout) : null
}
