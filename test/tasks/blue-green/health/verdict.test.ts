import { describe, expect, it } from 'vitest'
import { type ProbeAnswer, type Verdict, verdictOf } from '../../../../tasks/blue-green/health/verdict.ts'

/** A good answer of /health on port 8000 to a user of https://shop.example.org. */
const answer: ProbeAnswer = {
  exit: 0,
  message: '',
  status: 200,
  location: '',
  body: '',
  tls: false,
  listeners: [{ address: '0.0.0.0', port: 8000 }],
  path: '/health',
  host: 'shop.example.org',
  port: 8000,
  https: true,
}
const verdict = (more: Partial<ProbeAnswer>): Verdict | null => verdictOf({ ...answer, ...more })
const answers = (status: number): string => `/health answers ${status} to a request for shop.example.org`

it.each([200, 204, 299])('an answer of %i is good', (status) => {
  expect(verdict({ status })).toBeNull()
})

describe('an answer with an error', () => {
  const allow =
    'allow shop.example.org in the app (ALLOWED_HOSTS and the like), or name a host that it takes: health: { host: NAME }'
  const validates = `The app may validate its Host: ${allow}.`
  const login = 'Let /health answer without a login, or name a path that does: health: { path: … }.'

  it.each<[string, Partial<ProbeAnswer>, string | undefined]>([
    ['400', { status: 400 }, validates],
    ['421', { status: 421 }, validates],
    ['403 that speaks of a host', { status: 403, body: 'this Host is blocked' }, validates],
    ['403 that speaks of hosts', { status: 403, body: 'blocked hosts' }, validates],
    ['403', { status: 403, body: 'ghosts' }, login],
    ['401', { status: 401, body: 'host' }, login],
    ['404', { status: 404 }, `Name the app's own health path: health: { path: … }. If it goes by the Host: ${allow}.`],
    ['405', { status: 405 }, 'The health path must answer GET.'],
    ['500', { status: 500, body: 'host' }, undefined],
    ['199', { status: 199 }, undefined],
    ['200 that did not end well', { status: 200, exit: 18 }, undefined],
  ])('%s has its advice', (_, more, hint) => {
    expect(verdict(more)?.hint).toBe(hint)
  })

  it.each<[string, string, string]>([
    ['nothing', '', ''],
    ['blank lines', ' \n\t\n', ''],
    ['the first line that says something', '\n\n  Invalid host header  \nmore', ': Invalid host header'],
    [
      'the title of a page',
      '<html><head><Title lang="en">Oops, it broke</title></head><h1>Other</h1>',
      ': Oops, it broke',
    ],
    ['the first text of a page', '\n  <!doctype html>\n<p>Not found</p>', ': Not found'],
    ['no tag that was cut off', 'text <p class="', ': text'],
    ['no script', '<script>\nalert(1)\n</script><h1>Oops</h1>', ': Oops'],
    ['no style, not even one that was cut off', '<b>Oops</b><style>\nbody {', ': Oops'],
    ['a tag that only begins like a script', '<scripted>Oops</scripted>', ': Oops'],
    ['nothing that a terminal would obey', '\x1b[31mbo\x1b[0mom\x07\nmore', ': boom'],
    ['two hundred characters in whole', 'x'.repeat(200), `: ${'x'.repeat(200)}`],
    ['of more only those', 'x'.repeat(201), `: ${'x'.repeat(200)}…`],
  ])('is quoted with %s', (_, body, quoted) => {
    expect(verdict({ status: 500, body })?.why).toBe(`${answers(500)}${quoted}`)
  })
})

describe('a redirect', () => {
  const trust =
    "The app was told `X-Forwarded-Proto: https`: let it trust its proxy (uvicorn: --forwarded-allow-ips '*'; Django: SECURE_PROXY_SSL_HEADER; Rails: config.assume_ssl), or its users are redirected for ever."
  const needsDomain =
    'With `access: local` users come by HTTP: give the app a domain (access: { domain: … }), or let it not insist on https.'
  const byItself = (path: string): string =>
    `Name the path that answers by itself: health: { path: ${path} }. If it is a login, one that needs none.`
  const otherHost =
    'Name a path that answers by itself: health: { path: … }. An app that sends every other host to its own wants: health: { host: NAME }.'

  it.each<[string, string, boolean, string]>([
    ['to https, of an app with a domain', 'https://shop.example.org/health', true, trust],
    ['to https, of a local app', 'https://shop.example.org/health', false, needsDomain],
    ['to another path', '/health/', true, byItself('/health/')],
    [
      'to another path with a query',
      'http://shop.example.org/login?next=/health',
      true,
      byItself('/login?next=/health'),
    ],
    ['to itself', '/health', true, otherHost],
    ['to another host', 'http://www.example.org/login', true, otherHost],
    ['to another port', 'http://shop.example.org:81/login', true, otherHost],
    ['to what is no address', 'https://', true, otherHost],
    ['to an address that does not begin with https', '/https:', true, byItself('/https:')],
  ])('%s', (_, location, https, hint) => {
    expect(verdict({ status: 302, location, https })).toEqual({ why: `/health redirects (302) to ${location}`, hint })
  })

  it('to nowhere', () => {
    expect(verdict({ status: 304 })).toEqual({ why: '/health redirects (304) to nowhere', hint: otherHost })
  })

  it('to a long address is cut', () => {
    const location = `http://x/${'y'.repeat(400)}`
    expect(verdict({ status: 399, location })?.why).toBe(`/health redirects (399) to ${location.slice(0, 300)}`)
  })

  it.each([299, 400])('is not what an answer of %i is', (status) => {
    expect(verdict({ status, location: '/a' })?.why ?? '').not.toMatch('redirects')
  })
})

describe('a port that speaks TLS', () => {
  const speaksTls = {
    why: 'port 8000 of the container speaks TLS, and Traefik speaks HTTP to it',
    hint: 'Let the app serve plain HTTP: Traefik has the certificate.',
  }
  it.each<[string, Partial<ProbeAnswer>, boolean]>([
    ['answers HTTP with 400', { status: 400 }, true],
    ['closes the connection', { exit: 52, status: 0 }, true],
    ['answers HTTP with another error', { status: 500 }, false],
  ])('%s', (_, more, expected) => {
    const found = verdict({ ...more, tls: true })
    if (expected) expect(found).toEqual(speaksTls)
    else expect(found?.why).toBe(answers(500))
  })
})

describe('no answer at all', () => {
  const nothing = 'nothing listens on 0.0.0.0:8000 in the container'
  const closes = 'closes the connection without an answer to /health'
  const seeLog = "Is it the app's HTTP port? See its log."
  const noHttp = 'Set `port` to the one that the app serves HTTP on.'
  const local = [{ address: '127.0.0.1', port: 8000 }]
  const another = [{ address: '0.0.0.0', port: 3000 }]

  it.each<[string, Partial<ProbeAnswer>, Verdict]>([
    [
      'no connection',
      { exit: 7, listeners: [] },
      {
        why: `${nothing}, nor on any other port`,
        hint: 'It may still be starting, or wait for something: see its log, and `health: { timeout: … }`.',
      },
    ],
    [
      'no connection, though it listens elsewhere',
      { exit: 7, listeners: another },
      {
        why: `${nothing} (it listens on 0.0.0.0:3000)`,
        hint: 'Set `port: 3000` for the app, or let it listen on 8000.',
      },
    ],
    [
      'nothing in time, and nobody listens',
      { exit: 28, listeners: another },
      {
        why: `${nothing} (it listens on 0.0.0.0:3000)`,
        hint: 'Set `port: 3000` for the app, or let it listen on 8000.',
      },
    ],
    [
      'nothing in time, and who listens is not known',
      { exit: 28, listeners: null },
      { why: nothing, hint: 'Does the app listen on all addresses, and on `port: 8000`?' },
    ],
    [
      'nothing in time, though it listens',
      { exit: 28, listeners: [...local, { address: '::', port: 8000 }] },
      {
        why: '/health is not answered within 5 s, though the container listens on 127.0.0.1:8000, [::]:8000',
        hint: "What does it wait for? See its log: a database or a service that it can't reach.",
      },
    ],
    ['an empty answer', { exit: 52 }, { why: `what listens on 0.0.0.0:8000 ${closes}`, hint: seeLog }],
    ['a reset', { exit: 56, listeners: null }, { why: `port 8000 of the container ${closes}`, hint: seeLog }],
    ['another protocol', { exit: 1 }, { why: 'what listens on 0.0.0.0:8000 does not speak HTTP/1.1', hint: noHttp }],
    [
      'a strange reply',
      { exit: 8, listeners: another },
      { why: 'port 8000 of the container does not speak HTTP/1.1', hint: noHttp },
    ],
    [
      'what curl alone knows',
      { exit: 3, message: '(3) URL rejected: Malformed input' },
      { why: "/health can't be asked for: (3) URL rejected: Malformed input" },
    ],
    ['what nobody knows', { exit: 99 }, { why: "/health can't be asked for: curl ended with 99" }],
  ])('%s', (_, more, expected) => {
    expect(verdict({ status: 0, ...more })).toEqual(expected)
  })
})
