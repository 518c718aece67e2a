import { domainToASCII } from 'node:url'
import { z } from '../../runner/index.ts'

// The texts of an inventory that become part of a rule, a URL, a host name or an image reference. A bad one is refused here,
// with its file and line, so that it cannot fail on a host in the middle of a release.

const host =
  '(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?'
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const name = `(?:${host}/)?${component}(?:/${component})*`
const tagPattern = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}'

/** `registry/repository`, without tag or digest. */
export const repository = z
  .string()
  .refine((value) => !value.includes('://'), {
    error: 'an image has no https:// before it: ghcr.io/you/shop',
    abort: true,
  })
  .refine((value) => !/[:@][^/]*$/.test(value), {
    error: 'an image of an app has no tag: deploy --tag names it',
    abort: true,
  })
  .regex(new RegExp(`^${name}$`), 'an image is registry/repository in small letters: ghcr.io/you/shop')
  .max(255, 'an image has at most 255 characters')

/** An image with a tag, a digest or both. */
export const reference = z
  .string()
  .regex(
    new RegExp(`^${name}(?::${tagPattern})?(?:@sha256:[0-9a-f]{64})?$`),
    'an image is registry/repository:tag or …@sha256:…, without https://',
  )

export const tag = z
  .string()
  .regex(new RegExp(`^${tagPattern}$`), 'a tag is letters, digits, dots, dashes and underscores, at most 128')

/** A registry's address: its host, with a port where it is not 443. */
export const registry = z
  .string()
  .regex(
    new RegExp(`^${host}$`),
    'a registry is its host alone, as images name it: ghcr.io or registry.example.org:5000, without https:// and path',
  )

/** Why a text is not a domain; null if it is one, or becomes one as punycode. */
function domainProblem(value: string): string | null {
  if (value.includes('://')) return 'without https:// before it'
  if (/[\s,;]/.test(value)) return 'one name, without commas and blanks'
  if (value.includes('*')) return 'one name, without *'
  if (/[/?#]/.test(value)) return 'without a / or a path after it'
  if (/^[0-9.]+$|^\[|:.*:/.test(value)) return 'a name; for an address use access: local'
  if (value.includes(':')) return 'without a port: users connect to 443'
  const ascii = domainToASCII(value)
  if (
    ascii === '' ||
    ascii.length > 253 ||
    !ascii.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  )
    return 'letters, digits and dashes between dots'
  return null
}

const noDomain = (value: string, problem: string): string =>
  `'${value}' is not a valid domain: a domain is ${problem}, as in shop.example.org`

/** Why no public authority gives a certificate for a name; null: it may. */
export const notPublic = (name: string): string | null =>
  name.includes('.') ? null : noDomain(name, 'a whole name, with a dot')

/**
 * The name by which users reach an app, with or without a dot. One with other letters becomes the punycode that DNS and
 * certificates use. This is `overwrite` and not `transform`, because a transform would remove the defaults around it
 * from the JSON schema.
 */
export const domain = z
  .string()
  .superRefine((value, context) => {
    const problem = domainProblem(value)
    if (problem !== null) context.addIssue({ code: 'custom', message: noDomain(value, problem) })
  })
  .overwrite(domainToASCII)

/** The beginning of the paths of an app's URLs. It becomes part of a rule of the proxy, so it has no special characters. */
export const pathPrefix = z
  .string()
  .regex(
    /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/,
    'a path is /NAME, of letters, digits, dots, dashes and underscores, without a / at its end: /blog',
  )

/** The Host header of a request: a name or an address, with a port where it is not the usual one. */
export const hostHeader = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
    'a Host header is a name as users type it, without https:// and path: shop.example.org',
  )

/** The path of a URL, which goes into a request line unchanged. */
export const urlPath = z
  .string()
  .regex(/^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/, 'a path begins with / and has no blanks: /health')

export const email = z
  .string()
  .regex(/^[^\s@,;<>"']+@[^\s@,;<>"']+\.[^\s@,;<>"']+$/, 'one e-mail address: you@example.org')

/** A name that PostgreSQL takes without quotes. */
export const sqlName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'a name in PostgreSQL is small letters, digits and underscores, at most 63')

export const urlScheme = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*$/, 'a scheme is the part before :// in DATABASE_URL: postgresql+asyncpg')

/** A user of the operating system, as useradd takes it. */
export const systemUser = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,30}[$]?$/, 'a user is small letters, digits, dashes and underscores')

export const debianPackage = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+:~-]+)?$/,
    'a package is a name that apt knows: docker.io, or docker.io=VERSION',
  )

/** A registry's account. A colon would end it, because it is sent as ACCOUNT:PASSWORD. */
export const account = z.string().regex(/^[^:\p{Cc}]+$/u, 'an account has no colon and no control character')

export const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an environment variable is letters, digits and underscores')

/** Folders of /opt that are no app's: those of the proxy, of the program, and of Docker itself. */
const reservedNames = ['traefik', 'cutover', 'containerd']

export const appName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'an app’s name is small letters, digits and dashes, at most 31')
  .refine((name) => !reservedNames.includes(name), {
    error: `an app cannot have the name of another folder in /opt: ${reservedNames.join(', ')}`,
  })

/** The first and the last port of `443/tcp` or `60000:61000/udp`. */
function portsOf(value: string): { first: number; last: number } {
  const [first = NaN, last = first] = value.replace(/\/.*/, '').split(':').map(Number)
  return { first, last }
}

const isPort = (port: number): boolean => port >= 1 && port <= 65_535

/** A port that the firewall opens, or a range. */
export const openPort = z
  .string()
  .regex(/^\d+(:\d+)?\/(tcp|udp)$/, { error: 'a port is 443/tcp or 60000:61000/udp', abort: true })
  .refine((value) => Object.values(portsOf(value)).every(isPort), { error: 'a port is from 1 to 65535', abort: true })
  .refine((value) => {
    const { first, last } = portsOf(value)
    return first < last || !value.includes(':')
  }, 'a range of ports goes from the lower to the higher')

export const timeOfDay = z
  .string()
  .regex(
    /^(?:[01]?\d|2[0-3]):[0-5]\d$/,
    'a time of day is hours and minutes in quotes, as the host’s clock has them: "03:00"',
  )

/** A folder of a host, as it is written into a line of cron. */
export const hostFolder = z
  .string()
  .regex(/^\/[\w./-]*[\w-]$/, 'a folder of a host is an absolute path of letters, digits, dots, dashes and underscores')
