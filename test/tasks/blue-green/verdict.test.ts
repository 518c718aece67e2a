import { describe, expect, it } from 'vitest'
import { type ProbeAnswer, verdictOf } from '../../../tasks/blue-green/verdict.ts'

describe('the words for an answer', () => {
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
  const of = (more: Partial<ProbeAnswer>): { why: string; hint?: string } | null => verdictOf({ ...answer, ...more })

  it('a good one has none', () => expect(of({ status: 204 })).toBeNull())

  it.each<[string, Partial<ProbeAnswer>, string, string]>([
    [
      '400',
      { status: 400, body: 'Invalid host header' },
      '/health answers 400 to a request for shop.example.org: Invalid host header',
      'health: { host: NAME }',
    ],
    [
      '400 to HTTP on a TLS port',
      { status: 400, tls: true, body: 'Client sent an HTTP request to an HTTPS server.' },
      'port 8000 of the container speaks TLS, and Traefik speaks HTTP to it',
      'plain HTTP',
    ],
    ['421', { status: 421 }, '/health answers 421 to a request for shop.example.org', 'health: { host: NAME }'],
    [
      '403 for a Host',
      {
        status: 403,
        body: '<html><head><title>Action Controller: Exception caught</title></head><h1>Blocked hosts: shop.example.org</h1>',
      },
      '/health answers 403 to a request for shop.example.org: Action Controller: Exception caught',
      'health: { host: NAME }',
    ],
    [
      '403',
      { status: 403, body: 'forbidden' },
      '/health answers 403 to a request for shop.example.org: forbidden',
      'without a login',
    ],
    [
      '404',
      { status: 404, body: '\n\n  <!doctype html>\n<p>Not found</p>' },
      '/health answers 404 to a request for shop.example.org: Not found',
      'health: { path: … }',
    ],
    ['405', { status: 405 }, '/health answers 405 to a request for shop.example.org', 'GET'],
    [
      '500 with colours',
      { status: 500, body: '\x1b[31mboom\x1b[0m\x07\nmore' },
      '/health answers 500 to a request for shop.example.org: boom',
      '',
    ],
    [
      '500 with a script',
      { status: 500, body: '<script>\nalert(1)\n</script><h1>Oops</h1>' },
      '/health answers 500 to a request for shop.example.org: Oops',
      '',
    ],
    [
      '500 at length',
      { status: 500, body: 'x'.repeat(900) },
      `/health answers 500 to a request for shop.example.org: ${'x'.repeat(200)}…`,
      '',
    ],
    [
      'a redirect to another path',
      { status: 308, location: '/health/' },
      '/health redirects (308) to /health/',
      'health: { path: /health/ }',
    ],
    [
      'a redirect to a login',
      { status: 302, location: 'https://shop.example.org/login?next=/health', https: true },
      '/health redirects (302) to https://shop.example.org/login?next=/health',
      'trust its proxy',
    ],
    [
      'a redirect to https, with a domain',
      { status: 301, location: 'https://shop.example.org/health' },
      '/health redirects (301) to https://shop.example.org/health',
      '--forwarded-allow-ips',
    ],
    [
      'a redirect to https, without one',
      { status: 301, location: 'https://shop.example.org/health', https: false },
      '/health redirects (301) to https://shop.example.org/health',
      'give the app a domain',
    ],
    [
      'a redirect to another host',
      { status: 302, location: 'http://www.example.org/health' },
      '/health redirects (302) to http://www.example.org/health',
      'health: { host: NAME }',
    ],
    ['a redirect to nowhere', { status: 302 }, '/health redirects (302) to nowhere', 'health: { path: … }'],
    [
      'nobody there',
      { exit: 7, status: 0, listeners: [{ address: '127.0.0.1', port: 8000 }] },
      'nothing listens on 0.0.0.0:8000 in the container (it listens on 127.0.0.1:8000)',
      '0.0.0.0',
    ],
    [
      'no answer in time',
      { exit: 28, status: 0 },
      '/health is not answered within 5 s, though the container listens on 0.0.0.0:8000',
      'log',
    ],
    [
      'packets that vanish',
      { exit: 28, status: 0, listeners: [] },
      'nothing listens on 0.0.0.0:8000 in the container, nor on any other port',
      '',
    ],
    [
      'an empty answer',
      { exit: 52, status: 0 },
      'what listens on 0.0.0.0:8000 closes the connection without an answer to /health',
      'log',
    ],
    [
      'a reset',
      { exit: 56, status: 0, listeners: null },
      'port 8000 of the container closes the connection without an answer to /health',
      '',
    ],
    [
      'TLS',
      { exit: 52, status: 0, tls: true },
      'port 8000 of the container speaks TLS, and Traefik speaks HTTP to it',
      'certificate',
    ],
    ['no HTTP', { exit: 1, status: 0 }, 'what listens on 0.0.0.0:8000 does not speak HTTP/1.1', '`port`'],
    [
      'what curl alone knows',
      { exit: 3, status: 0, message: '(3) URL rejected: Malformed input' },
      "/health can't be asked for: (3) URL rejected: Malformed input",
      '',
    ],
    ['what nobody knows', { exit: 99, status: 0 }, "/health can't be asked for: curl ended with 99", ''],
  ])('%s', (_, more, why, hint) => {
    const said = of(more)
    expect(said?.why).toBe(why)
    expect(said?.hint ?? '').toContain(hint)
  })
})
