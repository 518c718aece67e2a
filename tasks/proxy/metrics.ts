import { type Host, type HostView, quote } from '../../runner/index.ts'
import { curl } from '../system/index.ts'
import { apiAddresses, formerApi } from './api-address.ts'
import { type Histogram, sinceThen, together } from './histogram.ts'

/** The requests that a service has answered since Traefik started. */
export interface ResponseCounts {
  all: number
  /** Those with a status of 5xx. */
  errors: number
  /** How long they took; websockets and streams of events, which last as long as a client likes, are left out. */
  durations: Histogram
}

export const noResponses: ResponseCounts = { all: 0, errors: 0, durations: {} }

/**
 * Adds up Traefik's Prometheus metrics on the host, where they are long: a line for each status, method and bound.
 * It prints `SERVICE all COUNT`, `SERVICE errors COUNT` and `SERVICE BOUND COUNT`.
 */
const sums = `function label(name) {
  return match($0, "[{,]" name "=\\"[^\\"]*\\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}
/^traefik_service_requests_total[{]/ {
  sum[label("service") " all"] += $NF
  if (label("code") ~ /^5/) sum[label("service") " errors"] += $NF
}
/^traefik_service_request_duration_seconds_bucket[{]/ {
  if (label("protocol") !~ /^(websocket|sse)$/) sum[label("service") " " label("le")] += $NF
}
END { for (each in sum) printf "%s %.0f\\n", each, sum[each] }`

/** Reads what `sums` printed of one service. */
export function parseSums(text: string, service: string): ResponseCounts {
  const durations: Record<string, number> = {}
  const counts = { all: 0, errors: 0 }
  for (const line of text.split('\n')) {
    const [name, what = '', number] = line.split(' ')
    if (name !== `${service}@file`) continue
    if (what === 'all' || what === 'errors') counts[what] = Number(number)
    else durations[what] = Number(number)
  }
  return { ...counts, durations }
}

const script = `sums=$1; shift
for api in ${[...apiAddresses, formerApi].join(' ')}; do
  ${curl.map((word) => quote(word)).join(' ')} -f --max-time 5 "http://$api/metrics" 2>/dev/null && exit
done | grep -F "$@" | awk "$sums"`

/** The command that prints what some services have answered; nothing if Traefik does not answer. */
export const countsArgv = (services: readonly string[]): string[] => [
  ...['sh', '-c', script, 'sh', sums],
  ...services.flatMap((service) => ['-e', `service="${service}@file"`]),
]

/** What some services have answered, by Traefik's metrics; all counts are 0 if Traefik does not answer. */
export async function responseCounts(host: HostView, services: readonly string[]): Promise<ResponseCounts[]> {
  const { stdout } = await host.$({ nothrow: true })`${countsArgv(services)}`
  return services.map((service) => parseSums(stdout, service))
}

/**
 * The same on a channel of its own, beside the other commands of a host, which it keeps waiting nowhere.
 * @throws UnreachableError if there is no such channel
 */
export async function countsBeside(host: Host, services: readonly string[]): Promise<ResponseCounts[]> {
  const counting = await host.spawn(
    countsArgv(services)
      .map((word) => quote(word))
      .join(' '),
  )
  const lines: string[] = []
  for (let line = await counting.line(); line !== null; line = await counting.line()) lines.push(line)
  await counting.end()
  return services.map((service) => parseSums(lines.join('\n'), service))
}

/** What came between two looks. Less than nothing means that Traefik was started again: then all that it has counted. */
export const since = (before: ResponseCounts, now: ResponseCounts): ResponseCounts =>
  now.all < before.all
    ? now
    : {
        all: now.all - before.all,
        errors: now.errors - before.errors,
        durations: sinceThen(before.durations, now.durations),
      }

/** Several as one. */
export const summed = (counts: readonly ResponseCounts[]): ResponseCounts => ({
  all: counts.reduce((sum, { all }) => sum + all, 0),
  errors: counts.reduce((sum, { errors }) => sum + errors, 0),
  durations: together(counts.map(({ durations }) => durations)),
})
