import type { z as Z } from 'zod'
import { secretReference, z } from '../../runner/index.ts'
import { parseFrom } from '../system/index.ts'
import { taken } from './firewall.ts'

const user = z
  .string()
  .regex(/^[A-Za-z0-9._@+-]{1,64}$/, 'a user of basic_auth is letters, digits and . _ @ + -, at most 64')

/** What the proxy does with the requests of an app on their way. */
export const proxy = z.strictObject({
  /** The largest request. A larger one is answered with 413. Requests and answers are then passed on as a whole. */
  body_limit: z
    .string()
    .regex(/^[1-9]\d{0,8}[kmg]$/, 'body_limit is a number with its unit: 10m, 1g')
    .optional(),
  /** Whether answers are compressed. */
  compress: z.boolean().optional(),
  /** Users, and their passwords. */
  basic_auth: z
    .record(user, secretReference)
    .refine((users) => Object.keys(users).length > 0, 'basic_auth names no user: { alice: { env: ALICE_PASSWORD } }')
    .optional(),
  /** Who may come: addresses and networks. Others are answered with 403. */
  allow: z
    .array(z.string().superRefine(taken(parseFrom)))
    .min(1)
    .optional(),
  /** Whether answers forbid browsers to guess types, to show the app in frames of others, and to tell others its URLs. */
  security_headers: z.boolean().optional(),
})

/** What a release knows of it: that there are users, but not their passwords. */
export type Proxy = Omit<Z.output<typeof proxy>, 'basic_auth'> & { basic_auth?: true }

export const toProxy = ({ basic_auth, ...rest }: Z.output<typeof proxy>): Proxy =>
  basic_auth === undefined ? rest : { ...rest, basic_auth: true }
