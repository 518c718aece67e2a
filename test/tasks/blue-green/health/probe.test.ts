import { describe, expect, it } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { diagnose, hostOf, parseHead, probe, urlHost } from '../../../../tasks/blue-green/health/probe.ts'
import { appWith, TestHost } from '../builders.ts'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['pi.local', 'pi.local'],
  ['2001:db8::1', '[2001:db8::1]'],
  ['fe80::1%eth0', '[fe80::1]'],
])('the address %s is %s in a URL', (address, expected) => {
  expect(urlHost(address)).toBe(expected)
})

const domain = { access: { domain: 'shop.example.org' } }
it.each([
  ['the host’s address', {}, '192.168.1.20'],
  ['the domain', domain, 'shop.example.org'],
  ['health.host', { ...domain, health: { host: 'internal:8000' } }, 'internal:8000'],
  ['health.host of a local app', { health: { host: 'internal' } }, 'internal'],
])('a release asks as a user does: %s', (_, more, expected) => {
  expect(hostOf(appWith(more, '192.168.1.20'))).toBe(expected)
})

const container = { name: 'shop-green', address: '172.18.0.5' }

/** curl as Traefik would ask for a user. */
const curl = (host: string, proto: 'http' | 'https'): string =>
  `curl -q -sS --globoff --noproxy '*' --max-time 5 -H 'Host: ${host}' -H 'X-Forwarded-Host: ${host}' ` +
  `-H 'X-Forwarded-Proto: ${proto}' -H 'X-Forwarded-Port: ${proto === 'https' ? '443' : '80'}' ` +
  `-H 'X-Forwarded-For: 127.0.0.1' -H 'X-Real-Ip: 127.0.0.1'`
const local = curl('192.0.2.1', 'http')

describe('a probe', () => {
  it.each([
    ['of a local app', appWith(), `${local} -o /dev/null -w '%{http_code}' http://172.18.0.5:8000/health`],
    [
      'of an app with a domain, a port and a path',
      appWith({ ...domain, port: 9000, health: { path: '/up' } }),
      `${curl('shop.example.org', 'https')} -o /dev/null -w '%{http_code}' http://172.18.0.5:9000/up`,
    ],
  ])('asks the container itself, with what Traefik adds for a user: %s', async (_, app, request) => {
    const host = new TestHost(() => '204 3\n')
    expect(await probe(host.host, app, container, { times: 3 })).toBeNull()
    expect(host.commands).toEqual([expect.stringMatching(/^sh -c 'times=/)])
    expect(host.commands[0]?.endsWith(` sh 3 0 ${request}`)).toBe(true)
  })

  it('is told the time that is left in whole milliseconds, with which a shell can calculate', async () => {
    const host = new TestHost(() => '204 3\n')
    await probe(host.host, appWith(), container, { times: 3, within: 991.5333910000045 })
    expect(host.commands[0]).toContain(' sh 3 992 curl ')
  })

  it.each([
    ['503 0\n', '/health answers 503'],
    ['503 2\n', '/health answers 503'],
    ['000 0\n', '/health answers nothing'],
    ['301 0\n', '/health answers 301'],
    // No curl, or no shell.
    [' 0\n', '/health answers nothing'],
    ['', '/health answers nothing'],
  ])('that is answered %j says: %s', async (stdout, expected) => {
    expect(await probe(new TestHost(() => stdout).host, appWith(), container, { times: 3 })).toBe(expected)
  })
})

const listenersScript =
  `sh -c 'pid=$(docker inspect --type container --format "{{.State.Pid}}" "$1") && [ "$pid" -gt 0 ] && ` +
  `cat "/proc/$pid/net/tcp" && { cat "/proc/$pid/net/tcp6" 2>/dev/null || true; }' sh shop-green 2>/dev/null`
const on8000 = '   0: 00000000:1F40 00000000:0000 0A 00000000:00000000'
const url = 'http://172.18.0.5:8000/health'
const head = `${local} -D - -o /dev/null ${url} 2>&1 && echo 'exit 0' || echo "exit $?"`
const body = `${local} ${url} 2>/dev/null | head -c 2000`
const tls = `${local} -k -o /dev/null -w '%{http_code}' https://172.18.0.5:8000/health 2>/dev/null`

describe('the diagnosis of a health path', () => {
  interface Scene {
    head: string
    tls?: string
    listeners?: ScriptedOutput
    body?: string
  }
  const scripted = (scene: Scene): TestHost =>
    new TestHost({
      [head]: scene.head,
      [listenersScript]: scene.listeners ?? on8000,
      [body]: { stdout: scene.body ?? '', code: 23 },
      [tls]: { stdout: scene.tls ?? '000', code: 35 },
    })

  it.each<[string, Scene, string[], string | undefined]>([
    ['is good now', { head: 'HTTP/1.1 200 OK\r\n\r\nexit 0\n' }, [head, listenersScript], undefined],
    [
      'is answered with an error: its body is read',
      { head: 'HTTP/1.1 500 Oops\r\n\r\nexit 0\n', body: 'boom' },
      [head, listenersScript, body],
      '/health answers 500 to a request for 192.0.2.1: boom',
    ],
    [
      'is answered with 399: it has no error to read',
      { head: 'HTTP/1.1 399 X\r\nLocation: /a\r\n\r\nexit 0\n' },
      [head, listenersScript],
      '/health redirects (399) to /a',
    ],
    [
      'is answered with 400: it may speak TLS, and does not',
      { head: 'HTTP/1.1 400 Bad Request\r\n\r\nexit 0\n', body: 'bad' },
      [head, listenersScript, body, tls],
      '/health answers 400 to a request for 192.0.2.1: bad',
    ],
    [
      'is answered with 400: it speaks TLS',
      { head: 'HTTP/1.1 400 Bad Request\r\n\r\nexit 0\n', tls: '404' },
      [head, listenersScript, body, tls],
      'port 8000 of the container speaks TLS, and Traefik speaks HTTP to it',
    ],
    [
      'is closed without an answer: it speaks TLS',
      { head: 'curl: (52) Empty reply from server\nexit 52\n', tls: '200' },
      [head, listenersScript, tls],
      'port 8000 of the container speaks TLS, and Traefik speaks HTTP to it',
    ],
    [
      'takes no connection: no TLS either',
      { head: 'curl: (7) Failed to connect\nexit 7\n', listeners: '' },
      [head, listenersScript],
      'nothing listens on 0.0.0.0:8000 in the container, nor on any other port',
    ],
    [
      'is not answered in time: no TLS either',
      { head: 'curl: (28) Operation timed out\nexit 28\n' },
      [head, listenersScript],
      '/health is not answered within 5 s, though the container listens on 0.0.0.0:8000',
    ],
    [
      'takes no connection, and its sockets cannot be read',
      { head: 'curl: (7) Failed to connect\nexit 7\n', listeners: { stdout: on8000, code: 1 } },
      [head, listenersScript],
      'nothing listens on 0.0.0.0:8000 in the container',
    ],
    [
      'cannot be asked for',
      { head: 'curl: (3) URL rejected\nexit 3\n' },
      [head, listenersScript, tls],
      "/health can't be asked for: (3) URL rejected",
    ],
  ])('%s', async (_, scene, commands, why) => {
    const host = scripted(scene)
    expect((await diagnose(host.host, appWith(), container))?.why).toBe(why)
    expect(host.commands).toEqual(commands)
  })

  it('knows whether the app is told that users come by https', async () => {
    const redirect = 'HTTP/1.1 301 X\r\nLocation: https://shop.example.org/health\r\n\r\nexit 0\n'
    const hints = [appWith(), appWith(domain)].map(async (app) => {
      const host = new TestHost((command) => (command.includes(' -D - ') ? redirect : ''))
      return (await diagnose(host.host, app, container))?.hint
    })
    expect(await Promise.all(hints)).toEqual([
      expect.stringContaining('With `access: local` users come by HTTP'),
      expect.stringContaining('The app was told `X-Forwarded-Proto: https`'),
    ])
  })
})

it.each([
  [
    'HTTP/1.1 308 Permanent Redirect\r\nServer: x\r\nlocation:  /health/ \r\n\r\nexit 0\n',
    { exit: 0, status: 308, location: '/health/ ', message: '' },
  ],
  [
    'HTTP/1.1 301 X\r\nLocation: /a\r\n\r\nHTTP/2 200\r\n\r\nexit 0\n',
    { exit: 0, status: 200, location: '', message: '' },
  ],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nexit 0\n', { exit: 0, status: 200, location: '', message: '' }],
  [
    "curl: (7) Failed to connect to 172.18.0.2 port 8000 after 0 ms: Couldn't connect to server\nexit 7\n",
    {
      exit: 7,
      status: 0,
      location: '',
      message: "(7) Failed to connect to 172.18.0.2 port 8000 after 0 ms: Couldn't connect to server",
    },
  ],
  ['no curl: x\nno exit 12\n', { exit: -1, status: 0, location: '', message: '' }],
  ['exit 12 3\nX-Location: a\nHTTP/1.1 2', { exit: -1, status: 0, location: '', message: '' }],
  ['exit 56', { exit: 56, status: 0, location: '', message: '' }],
  ['', { exit: -1, status: 0, location: '', message: '' }],
])('reads what curl printed: %j', (text, expected) => {
  expect(parseHead(text)).toEqual(expected)
})
