import type { z as Z } from 'zod'
import { secretReference, z } from '../../runner/index.ts'
import { environmentName } from './names.ts'

const directory = z
  .url({ protocol: /^https$/, error: 'an ACME server is the https address of its directory' })
  .refine((url) => !/\s/.test(url), 'an ACME server is the https address of its directory')

const dns = z.strictObject({
  /** Its code in Traefik's list of DNS providers: hetzner, cloudflare, … */
  provider: z.string().regex(/^[a-z0-9]+$/, 'a DNS provider is its code in the documentation of Traefik: cloudflare'),
  /** The provider's variables, as Traefik's documentation names them. */
  secrets: z.record(environmentName, secretReference).default({}),
  /** Name servers that are asked whether the record is there, as ADDRESS:PORT. */
  resolvers: z
    .array(z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$|^\[[0-9A-Fa-f:]+\]:\d{1,5}$/, 'a resolver is ADDRESS:PORT'))
    .default([]),
})

/** How certificates are asked for, where it is not Let's Encrypt by HTTP on port 80. */
export const acme = z
  .strictObject({
    /** Let's Encrypt's server for tests: its limits are high, and no browser trusts its certificates. */
    staging: z.boolean().optional(),
    /** The directory of another authority. */
    server: directory.optional(),
    /** A file with the certificate of the authority that the server's own certificate is of. */
    ca: z.string().optional(),
    challenge: z.enum(['http', 'tls-alpn', 'dns']).default('http'),
    dns: dns.optional(),
  })
  .superRefine(({ staging, server, ca, challenge, dns }, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    if (staging === true && server !== undefined)
      refuse('staging', 'staging is of Let’s Encrypt: leave one of both out')
    if (ca !== undefined && server === undefined) refuse('ca', 'ca is for a server of your own: name it')
    if ((challenge === 'dns') !== (dns !== undefined))
      refuse('challenge', '`challenge: dns` and `dns: { provider: … }` belong together')
  })

export type Acme = Z.output<typeof acme>

const letsEncrypt = {
  production: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
}

/** The directory of the server that gives the certificates. */
export const acmeServer = (acme: Pick<Acme, 'staging' | 'server'> | undefined): string =>
  acme?.server ?? (acme?.staging === true ? letsEncrypt.staging : letsEncrypt.production)

/** Whether it is Let's Encrypt's, of production, where failures count. */
export const isProduction = (acme: Acme | undefined): boolean => acmeServer(acme) === letsEncrypt.production
