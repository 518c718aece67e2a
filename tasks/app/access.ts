import type { z as Z } from 'zod'
import { secretReference, z } from '../../runner/index.ts'
import { domain, notPublic, pathPrefix } from './names.ts'

const several = z.array(domain).min(1)

const ownCertificate = z.strictObject({
  /** A file in PEM format: the certificate, and those of the authorities between it and a root. */
  certificate: z.string(),
  key: secretReference,
})

const httpsKinds = z.enum(['letsencrypt', 'internal', 'off'])

const byName = z
  .strictObject({
    domain: z.union([domain, several]).optional(),
    /** Only what is below this path; the rest of the domain may belong to other apps. */
    path: pathPrefix.optional(),
    /** Whether the app gets its requests without this path. */
    strip_path: z.boolean().optional(),
    /** Names that lead to the (first) domain, such as www. */
    redirect_from: several.optional(),
    https: z
      .union([httpsKinds, ownCertificate], {
        error: 'https is letsencrypt, internal, off, or { certificate: FILE, key: … }',
      })
      .optional(),
    /** For so many seconds browsers that came once take nothing but https for the domain. */
    hsts: z.int().min(1).max(63_072_000).optional(),
  })
  .superRefine((access, context) => {
    const refuse = (key: keyof typeof access, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    const names = [...domainsOf(access), ...redirectsOf(access)]
    if (access.domain === undefined && access.path === undefined)
      return refuse('domain', "name a domain, or a path; `access: local` is the app that answers by the host's address")
    for (const key of ['redirect_from', 'https'] as const)
      if (access.domain === undefined && access[key] !== undefined && access[key] !== 'off')
        refuse(key, `${key} needs a domain`)
    if (access.strip_path === true && access.path === undefined) refuse('strip_path', 'strip_path needs a path')
    if (access.hsts !== undefined && !isHttps(access)) refuse('hsts', 'hsts needs https')
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) refuse(domainsOf(access).includes(twice) ? 'domain' : 'redirect_from', `${twice} twice`)
    const wrong = httpsOf(access) === 'letsencrypt' ? names.map(notPublic).find((problem) => problem !== null) : null
    if (wrong) refuse('domain', wrong)
  })

/** Where users find an app: by the host's address over HTTP, or by a domain, a path or both. */
export const access = z.union([z.literal('local'), byName], { error: "access is 'local' or { domain: NAME }" })

type ByName = Z.output<typeof byName>

/** What a release knows of it: that there are certificate and key, but not where. */
export type Access = 'local' | (Omit<ByName, 'https'> & { https?: Z.output<typeof httpsKinds> | 'own' })

type Given = Access | Z.output<typeof access>

/** The domains by which users reach an app; none: by the host's address. */
export const domainsOf = (given: Given): string[] =>
  typeof given === 'string' || given.domain === undefined ? [] : [given.domain].flat()

/** The names that lead to an app's first domain. */
export const redirectsOf = (given: Given): string[] => (typeof given === 'string' ? [] : (given.redirect_from ?? []))

/** The path below which an app's URLs are; '' for a whole domain or host. */
export const pathOf = (given: Given): string => (typeof given === 'string' ? '' : (given.path ?? ''))

/** Whether an app gets its requests without its path. */
export const stripsPath = (given: Given): boolean => typeof given === 'object' && given.strip_path === true

/** Where an app's certificate comes from; 'off': users come by plain HTTP. */
export function httpsOf(given: Given): 'letsencrypt' | 'internal' | 'own' | 'off' {
  if (typeof given === 'string' || given.domain === undefined) return 'off'
  if (typeof given.https === 'object') return 'own'
  return given.https ?? 'letsencrypt'
}

export const isHttps = (given: Given): boolean => httpsOf(given) !== 'off'

/** The part of it that a release needs. Without new keys it is unchanged, and so is the digest of an app's settings. */
export const toAccess = (given: Z.output<typeof access>): Access =>
  typeof given === 'string' || typeof given.https !== 'object'
    ? (given as Access)
    : { ...given, https: httpsOf(given) as 'own' }
