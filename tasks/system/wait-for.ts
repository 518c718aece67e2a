import { absolutePath, type HostView, type Task, until } from '../../runner/index.ts'
import { curl } from './curl.ts'

export interface WaitOptions {
  /** How long it is looked for, once a second, in ms. Default: 30 s. A look without an answer takes 3 s of its own. */
  timeout?: number
}

const delay = 1_000
const waiting = (name: string, look: (host: HostView) => Promise<string | null>, timeout = 30_000): Task =>
  until(name, look, { retries: Math.ceil(timeout / delay), delay })

/** Connects by TCP. Debian's sh cannot, and its bash can. */
const connect = ['timeout', '3', 'bash', '-c', 'exec 3<>"/dev/tcp/$1/$2"', 'bash']

/**
 * Tasks that wait for something that is seen from the host, and change nothing.
 * @example
 * waitFor.port(5432, { host: 'db.example.org', timeout: 60_000 })
 * waitFor.url('http://127.0.0.1:8080/health', { status: 200 })
 * waitFor.file('/run/app.sock')
 */
export const waitFor = {
  /** A TCP port takes connections. @param options `host`: default is the host itself */
  port: (port: number, { host: to = '127.0.0.1', timeout }: WaitOptions & { host?: string } = {}): Task =>
    waiting(
      `port ${port} of ${to} is open`,
      async (host) => {
        const { exitCode, stderr } = await host.$({ nothrow: true })`${[...connect, to, String(port)]}`
        return exitCode === 0 ? null : `port ${port} of ${to} takes no connections${reason(stderr)}`
      },
      timeout,
    ),

  /** A URL answers. @param options `status`: default 200 */
  url: (url: string, { status = 200, timeout }: WaitOptions & { status?: number } = {}): Task =>
    waiting(
      `${url} answers ${status}`,
      async (host) => {
        const argv = [...curl, '--max-time', '3', '--output', '/dev/null', '--write-out', '%{http_code}', '--url', url]
        const { exitCode, stdout, stderr } = await host.$({ nothrow: true })`${argv}`
        if (exitCode !== 0) return `${url} does not answer${reason(stderr)}`
        return Number(stdout) === status ? null : `${url} answers ${stdout.trim()}, not ${status}`
      },
      timeout,
    ),

  /** A file, a folder or a socket is there. */
  file: (path: string, { timeout }: WaitOptions = {}): Task =>
    waiting(
      `${absolutePath(path)} is there`,
      async (host) => ((await host.stat(path, { follow: true })) === null ? `there is no ${path}` : null),
      timeout,
    ),
}

/** The last line that a command printed, as a reason. */
const reason = (stderr: string): string => {
  const line = stderr.trim().split('\n').at(-1)
  return line ? `: ${line}` : ''
}
