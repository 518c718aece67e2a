import { type Listener, shown, whyUnreachable } from './listening.ts'

/** What one request of the health path gave. */
export interface ProbeAnswer {
  /** curl's exit status. */
  exit: number
  /** curl's error message; '' if there is none. */
  message: string
  /** 0: no answer. */
  status: number
  location: string
  /** The beginning of the answer's body. */
  body: string
  /** The port answers TLS. */
  tls: boolean
  /** The sockets that listen in the container; null: not known. */
  listeners: readonly Listener[] | null
  path: string
  /** The Host header that was sent. */
  host: string
  port: number
  /** Whether the app was told that the user came by https. */
  https: boolean
}

export interface Verdict {
  why: string
  hint?: string
}

/** Exit statuses of curl: 7 no connection, 28 timeout. */
export const [notConnected, timedOut] = [7, 28]
/** More of them: 1 another protocol than HTTP/1.1, 8 an answer that it cannot parse, 52 no answer, 56 a reset. */
const [noHttp, strangeReply, empty, received] = [1, 8, 52, 56]

/** Why an answer of the health path is not good, and what to do; null: it is good. */
export function verdictOf(answer: ProbeAnswer): Verdict | null {
  const { exit, status, tls, port } = answer
  if (exit === 0 && status >= 200 && status < 300) return null
  if (tls && (exit !== 0 || status === 400))
    return {
      why: `port ${port} of the container speaks TLS, and Traefik speaks HTTP to it`,
      hint: 'Let the app serve plain HTTP: Traefik has the certificate.',
    }
  if (status >= 300 && status < 400) return redirected(answer)
  if (status > 0) return { why: `${answered(answer)}${quoted(answer.body)}`, hint: hintOf(answer) }
  return unanswered(answer)
}

const answered = ({ path, status, host }: ProbeAnswer): string => `${path} answers ${status} to a request for ${host}`

/**
 * The title of a page, or its first line that is not empty, without markup and without control sequences of terminals.
 */
function quoted(body: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1]
  const text = (title ?? body.replace(/<(script|style)\b[\s\S]*?(<\/\1>|$)/gi, '').replace(/<[^>]*>?/g, '\n')).replace(
    /(?!\n)\p{Cc}(?:\[[0-9;]*[A-Za-z])?/gu,
    '',
  )
  const line = text
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '')
  return line === undefined ? '' : `: ${line.length > 200 ? `${line.slice(0, 200)}…` : line}`
}

/** What to do about an answer of 4xx or 5xx. */
function hintOf({ status, host, path, body }: ProbeAnswer): string | undefined {
  const advice = `allow ${host} in the app (ALLOWED_HOSTS and the like), or name a host that it takes: health: { host: NAME }`
  if (status === 400 || status === 421 || (status === 403 && /\bhosts?\b/i.test(body)))
    return `The app may validate its Host: ${advice}.`
  if (status === 401 || status === 403)
    return `Let ${path} answer without a login, or name a path that does: health: { path: … }.`
  if (status === 404) return `Name the app's own health path: health: { path: … }. If it goes by the Host: ${advice}.`
  if (status === 405) return 'The health path must answer GET.'
  return undefined
}

function redirected({ path, status, location, host, https }: ProbeAnswer): Verdict {
  const why = `${path} redirects (${status}) to ${location === '' ? 'nowhere' : location.slice(0, 300)}`
  const target = URL.canParse(location, `http://${host}${path}`)
    ? new URL(location, `http://${host}${path}`)
    : undefined
  const toHttps = location.startsWith('https:') && target !== undefined
  if (toHttps && https)
    return {
      why,
      hint:
        'The app was told `X-Forwarded-Proto: https`: let it trust its proxy ' +
        "(uvicorn: --forwarded-allow-ips '*'; Django: SECURE_PROXY_SSL_HEADER; Rails: config.assume_ssl), " +
        'or its users are redirected for ever.',
    }
  if (toHttps)
    return {
      why,
      hint:
        'With `access: local` users come by HTTP: give the app a domain (access: { domain: … }), ' +
        'or let it not insist on https.',
    }
  const elsewhere = target && `${target.pathname}${target.search}`
  if (elsewhere !== undefined && target?.host === new URL(`http://${host}`).host && elsewhere !== path)
    return {
      why,
      hint: `Name the path that answers by itself: health: { path: ${elsewhere} }. If it is a login, one that needs none.`,
    }
  return {
    why,
    hint:
      'Name a path that answers by itself: health: { path: … }. ' +
      'An app that sends every other host to its own wants: health: { host: NAME }.',
  }
}

/** The verdict where no answer came at all. */
function unanswered({ exit, message, path, port, listeners }: ProbeAnswer): Verdict {
  const onPort = (listeners ?? []).filter((each) => each.port === port).map(shown)
  const what = onPort.length > 0 ? `what listens on ${onPort.join(', ')}` : `port ${port} of the container`
  if (exit === notConnected) return whyUnreachable(listeners, port)
  if (exit === timedOut && onPort.length === 0) return whyUnreachable(listeners, port)
  if (exit === timedOut)
    return {
      why: `${path} is not answered within 5 s, though the container listens on ${onPort.join(', ')}`,
      hint: "What does it wait for? See its log: a database or a service that it can't reach.",
    }
  if (exit === empty || exit === received)
    return {
      why: `${what} closes the connection without an answer to ${path}`,
      hint: "Is it the app's HTTP port? See its log.",
    }
  if (exit === noHttp || exit === strangeReply)
    return { why: `${what} does not speak HTTP/1.1`, hint: 'Set `port` to the one that the app serves HTTP on.' }
  return { why: `${path} can't be asked for: ${message === '' ? `curl ended with ${exit}` : message}` }
}
