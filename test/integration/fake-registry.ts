import { createHash } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What came in. */
interface Seen {
  method: string
  path: string
  host: string
  authorization: string | undefined
}

export interface FakeRegistry {
  port: number
  /** Every request since the last `seen.length = 0`. */
  seen: Seen[]
  close(): Promise<void>
}

const index = JSON.stringify(
  { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] },
  null,
  3,
)
export const digest = `sha256:${createHash('sha256').update(index).digest('hex')}`
const type = 'application/vnd.oci.image.index.v1+json'
export const account = 'Basic ' + Buffer.from('robot$shop:p"a\\ss wörd').toString('base64')

type Answer = (request: Request, response: ServerResponse) => void

interface Request {
  message: IncomingMessage
  url: URL
  /** This registry's own address, as it was called. */
  self: string
  scheme: string
  /** How often this repository was asked before. */
  before: number
}

const json = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string | string[]> = {},
): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof value === 'string' ? value : JSON.stringify(value))
const error = (
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string | string[]> = {},
): void => json(response, status, { errors: [{ code, message }] }, headers)

const good: Answer = (_, response) =>
  void response.writeHead(200, { 'content-type': type, 'docker-content-digest': digest }).end(index)
const bare: Answer = (_, response) =>
  void response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(index)
const onlyGet =
  (otherwise: Answer, get: Answer = good): Answer =>
  (request, response) =>
    (request.message.method === 'HEAD' ? otherwise : get)(request, response)
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end()
const unknown =
  (code: string): Answer =>
  (_, response) =>
    error(response, 404, code, code.toLowerCase().replace('_', ' '))

/** A registry that wants the token which its token service gives. */
const bearer =
  (
    token: string,
    challenge: (self: string) => string[] = (self) => [`Bearer realm="${self}/token",service="fake"`],
    otherwise: Answer = good,
  ): Answer =>
  (request, response) => {
    if (request.message.headers.authorization === `Bearer ${token}`) otherwise(request, response)
    else
      error(response, 401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge(request.self) })
  }
const tokenOf =
  (name: string): ((self: string) => string[]) =>
  (self) => [`Bearer realm="${self}/token/${name}",service="fake",scope="repository:x:pull"`]
const basic: Answer = (request, response) =>
  request.message.headers.authorization === account
    ? good(request, response)
    : error(response, 401, 'UNAUTHORIZED', 'no', { 'www-authenticate': 'Basic realm="fake, \\"quoted\\""' })
const first =
  (count: number, early: Answer, later: Answer = good): Answer =>
  (request, response) =>
    (request.before < count ? early : later)(request, response)

/** What a registry answers for a manifest, by the repository's name. */
const manifests: Record<string, Answer> = {
  plain: good,
  'no-digest': bare,
  'bad-digest': (_, response) =>
    void response.writeHead(200, { 'content-type': type, 'docker-content-digest': 'sha256:oops' }).end(index),
  'head-404': onlyGet(status(404)),
  'head-405': onlyGet(status(405)),
  'head-403': onlyGet(status(403)),
  'head-401': onlyGet(status(401)),
  'head-500': onlyGet(status(500)),
  'head-200-no-digest': onlyGet(status(200, { 'content-type': type })),
  'head-404-bearer': bearer('t', undefined, onlyGet(status(404), bare)),
  page: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>'),
  'redirect-307': (request, response) =>
    void response.writeHead(307, { location: '/v2/plain/manifests/v1' }).end(String(request.before)),
  'redirect-308': (_, response) => void response.writeHead(308, { location: '/v2/no-digest/manifests/v1' }).end(),
  'redirect-away': bearer(
    't',
    undefined,
    ({ scheme, message }, response) =>
      void response.writeHead(307, { location: `${scheme}://${other(message)}/v2/plain/manifests/v1` }).end(),
  ),
  'redirect-away-basic': (request, response) =>
    request.message.headers.authorization === account
      ? void response
          .writeHead(307, { location: `${request.scheme}://${other(request.message)}/v2/plain/manifests/v1` })
          .end()
      : basic(request, response),
  'redirect-circle': (_, response) =>
    void response.writeHead(307, { location: '/v2/redirect-circle/manifests/v1' }).end(),
  bearer: bearer('t'),
  harbor: bearer('t', tokenOf('harbor')),
  acr: bearer('t', tokenOf('acr')),
  both: bearer('a', tokenOf('both')),
  null: bearer('t', tokenOf('null')),
  nested: bearer('t', tokenOf('nested')),
  escapes: bearer('a/b+"c', tokenOf('escapes')),
  'key-in-value': bearer('t', tokenOf('key-in-value')),
  odd: bearer('dckr_pat:a|b,c;d e~f{g}', tokenOf('odd')),
  pretty: bearer('t', tokenOf('pretty')),
  long: bearer('x'.repeat(6000), tokenOf('long')),
  none: bearer('t', tokenOf('none')),
  control: bearer('t', tokenOf('control')),
  'not-json': bearer('t', tokenOf('not-json')),
  'token-401': bearer('t', tokenOf('401')),
  'token-404': bearer('t', tokenOf('404')),
  'token-429': bearer('t', tokenOf('429')),
  'token-503': bearer('t', tokenOf('503')),
  'no-realm': bearer('t', () => ['Bearer service="fake"']),
  'no-service': bearer('t', (self) => [`Bearer realm="${self}/token/no-service"`]),
  'no-challenge': status(401),
  query: bearer('t', (self) => [
    `Bearer realm="${self}/token/query?tenant=a%20b&x=1", service="a b&c, d=\\"e\\", Basic realm"`,
  ]),
  'two-headers': bearer('t', (self) => ['Basic realm="fake"', `Bearer realm="${self}/token",service="fake"`]),
  'one-header': bearer('t', (self) => [
    `Negotiate YII=, Basic realm="a, Bearer realm=\\"x\\"" , Bearer realm="${self}/token",service=fake`,
  ]),
  'any-case': bearer('t', (self) => [`bEARER REALM = "${self}/token" , Service="fake"`]),
  late: (request, response) =>
    request.message.headers.authorization === 'Bearer late'
      ? good(request, response)
      : unknown('NAME_UNKNOWN')(request, response),
  basic: basic,
  forbidden: bearer('t', undefined, (_, response) =>
    error(response, 403, 'DENIED', 'requested access to the resource is denied'),
  ),
  refused: bearer('never'),
  gone: unknown('MANIFEST_UNKNOWN'),
  limit: (_, response) =>
    error(response, 429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.', { 'retry-after': '3600' }),
  'limit-date': status(429, { 'retry-after': 'Fri, 31 Dec 2027 23:59:59 GMT' }),
  'limit-short': first(1, status(429, { 'retry-after': '1' })),
  'limit-plain': status(429),
  busy: status(503, { 'retry-after': '3600' }),
  'busy-short': first(1, status(503, { 'retry-after': '1' })),
  'busy-once': first(1, status(502)),
  'busy-always': status(500),
  reset: (request) => void request.message.socket.destroy(),
  'reset-once': (request, response) =>
    request.before === 0 ? void request.message.socket.destroy() : good(request, response),
  hang: () => undefined,
}

/** What its token service answers. */
const tokens: Record<string, unknown> = {
  '': { token: 't', expires_in: 300, issued_at: '2026-01-01T00:00:00Z' },
  harbor: { token: 't', access_token: '', expires_in: 1800, issued_at: '2026-01-01T00:00:00Z' },
  acr: { token: '', access_token: 't' },
  both: { token: 'b', access_token: 'a' },
  null: { token: 't', access_token: null },
  nested: { data: { token: 'wrong', access_token: 'wrong' }, token: 't', list: [{ token: 'wrong' }] },
  escapes: '{"token": "a\\/b\\u002B\\"c"}',
  'key-in-value': { scope: 'token', note: ', access_token: ', token: 't' },
  odd: { token: 'dckr_pat:a|b,c;d e~f{g}' },
  pretty: '\r\n{\n  "token"  :\n    "t",\n  "expires_in": 6e1\n}\n',
  long: { token: 'x'.repeat(6000) },
  none: { error: 'unsupported' },
  control: '{"token":"a\\nX-Injected: 1"}',
  'not-json': '<html>token: "t"</html>',
}

/** The same machine under a name to which no account belongs. */
const other = (message: IncomingMessage): string => `other.test:${message.socket.localPort}`

function token(name: string, request: Request, response: ServerResponse): void {
  const { searchParams } = request.url
  if (name === '401') error(response, 401, 'UNAUTHORIZED', 'incorrect username or password')
  else if (name === '404') status(404)(request, response)
  else if (name === '429') error(response, 429, 'TOOMANYREQUESTS', 'too many failed login attempts')
  else if (name === '503') status(503)(request, response)
  else if (name === 'late') json(response, 200, { token: 'late' })
  else if (name === 'query')
    json(response, 200, {
      token:
        searchParams.get('tenant') === 'a b' &&
        searchParams.get('service') === 'a b&c, d="e", Basic realm' &&
        searchParams.get('scope') === 'repository:query:pull'
          ? 't'
          : 'wrong',
    })
  else if (name === 'no-service') json(response, 200, { token: searchParams.has('service') ? 'wrong' : 't' })
  else json(response, 200, tokens[name])
}

const pages: Record<string, string[][]> = {
  plain: [['v1.0.0', 'latest'], ['v1.2.0', 'v1.10.0'], ['sha256-aa.sig']],
  bearer: [['v1.0.0']],
}

function tags(name: string, request: Request, response: ServerResponse): void {
  const page = Number(request.url.searchParams.get('page') ?? 0)
  if (name === 'no-size' && request.url.searchParams.has('n'))
    return error(response, 400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested')
  if (name === 'endless')
    return json(
      response,
      200,
      { name, tags: [`v${page}`] },
      { link: `</v2/endless/tags/list?page=${page + 1}>; rel="next"` },
    )
  if (name === 'away')
    return json(
      response,
      200,
      { name, tags: ['v1'] },
      { link: `<https://${other(request.message)}/v2/plain/tags/list>; rel="next"` },
    )
  const all = pages[name] ?? [['v1']]
  const link: Record<string, string> =
    page + 1 < all.length
      ? { link: `<${page === 0 ? '' : request.self}/v2/${name}/tags/list?page=${page + 1}&n=2>; rel="next"` }
      : {}
  json(response, 200, JSON.stringify({ name, tags: all[page] }, null, 1), link)
}

const here: Answer = (_, response) => void response.end('here')
const away: Answer = ({ scheme, message }, response) =>
  void response.writeHead(307, { location: `${scheme}://${other(message)}/v2/plain/blobs/away` }).end()

/** What it answers for a blob or a list of referrers, by the repository's name. */
const others: Record<string, Answer> = {
  plain: here,
  bearer: bearer('t', undefined, here),
  'redirect-away': bearer('t', undefined, away),
  'redirect-away-basic': (request, response) =>
    (request.message.headers.authorization === account ? away : basic)(request, response),
  large: (_, response) => {
    for (let mebibytes = 0; mebibytes < 6; mebibytes++) response.write(Buffer.alloc(1024 * 1024, '{'))
    response.end()
  },
  'none-400': status(400),
  'none-403': status(403),
  'none-405': status(405),
  'none-501': status(501),
  busy: status(503, { 'retry-after': '3600' }),
}

/** A registry of one behaviour a repository: a fake, for no real one misbehaves on demand. */
export async function fakeRegistry(tls?: ServerOptions, { address = '0.0.0.0', port = 0 } = {}): Promise<FakeRegistry> {
  const seen: Seen[] = []
  const answer = (message: IncomingMessage, response: ServerResponse): void => {
    const scheme = tls ? 'https' : 'http'
    const self = `${scheme}://${message.headers.host}`
    const url = new URL(message.url!, self)
    const request: Request = {
      message,
      url,
      self,
      scheme,
      before: seen.filter((each) => each.path === message.url).length,
    }
    seen.push({
      method: message.method!,
      path: message.url!,
      host: message.headers.host!,
      authorization: message.headers.authorization,
    })
    const [, name, tag] = /^\/v2\/(?:library\/)?(.+)\/manifests\/(.+)$/.exec(url.pathname) ?? []
    const list = /^\/v2\/(.+)\/tags\/list$/.exec(url.pathname)?.[1]
    const [, beside] = /^\/v2\/(?:library\/)?(.+)\/(?:blobs|referrers)\/.+$/.exec(url.pathname) ?? []
    const service = /^\/token\/?(.*)$/.exec(url.pathname)?.[1]
    if (name !== undefined)
      (tag === 'v1' ? (manifests[name] ?? unknown('NAME_UNKNOWN')) : unknown('MANIFEST_UNKNOWN'))(request, response)
    else if (beside !== undefined) (others[beside] ?? unknown('NAME_UNKNOWN'))(request, response)
    else if (list === 'refused') bearer('never')(request, response)
    else if (list === 'bearer') bearer('t', undefined, () => tags(list, request, response))(request, response)
    else if (list !== undefined) tags(list, request, response)
    else if (service !== undefined) token(service, request, response)
    else if (url.pathname === '/v2/' && seen.some((each) => each.path.startsWith('/v2/late/')))
      bearer('late', tokenOf('late'))(request, response)
    else if (url.pathname === '/v2/') json(response, 200, {})
    else status(404)(request, response)
  }
  const server = tls ? createHttps(tls, answer) : createHttp(answer)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => (server.closeAllConnections(), new Promise((resolve) => server.close(() => resolve()))),
  }
}
