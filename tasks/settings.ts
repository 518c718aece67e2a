import type { z as Z } from 'zod'
import { secretReference, z } from '../runner/index.ts'
import { timeouts } from './timeouts.ts'

const seconds = (fallback: number): Z.ZodDefault<Z.ZodNumber> => z.number().min(0).default(fallback)
const argv = z.array(z.string()).min(1)
/** `registry/repository`, without tag or digest. */
const repository = z.string().regex(/^[a-z0-9][a-z0-9.:/_-]*[a-z0-9]$/, 'an image is registry/repository in small letters').refine((value) => !/:[^/]*$/.test(value), 'an image of an app has no tag: deploy --tag names it')
const reference = z.string().regex(/^[a-z0-9][a-zA-Z0-9.:/_@-]*$/, 'an image is registry/repository:tag or …@sha256:…')
const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an environment variable is letters, digits and underscores'), z.union([z.string(), z.number(), z.boolean()]).transform(String))

const database = z.strictObject({
  name: z.string().regex(/^[a-z_][a-z0-9_]*$/).optional(),
  user: z.string().regex(/^[a-z_][a-z0-9_]*$/).optional(),
  password: secretReference,
  /** Scheme of DATABASE_URL, for the driver that the app uses. */
  scheme: z.string().default('postgresql+asyncpg'),
})

const health = z.strictObject({
  path: z.string().startsWith('/').default('/health'),
  /** The Host that the health path is asked for with, where it is not the domain or the host's address. */
  host: z.string().regex(/^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/, 'a Host is a name as users type it, without https:// and path: shop.example.org').optional(),
  /** Seconds until a new slot must be healthy. */
  timeout: seconds(60),
  /** Seconds between two of Docker's checks. */
  interval: z.number().min(1).default(5),
})

export const appSettings = z.strictObject({
  image: repository,
  hosts: z.string().default('all'),
  follow: z.string().default('latest'),
  poll: z.int().min(1).max(59).default(5),
  access: z.union([z.literal('local'), z.strictObject({ domain: z.string().min(1) })], { error: "access is 'local' or { domain: NAME }" }).default('local'),
  port: z.int().min(1).max(65_535).default(8000),
  health: health.prefault({}),
  migrate: argv.optional(),
  env: environment.default({}),
  secrets: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), secretReference).default({}),
  database: z.union([database, z.literal(false)], { error: 'database is { password: … } or false' }).default(false),
  bake: seconds(10),
  drain: seconds(30),
  memory: z.string().regex(/^\d+[bkmg]$/).optional(),
  timeouts: timeouts.prefault({}),
})

/** The images of a host that names none: the ones that the tests run. inventory.example.yaml names the same. */
export const defaultImages = { traefik: 'traefik:v3.7.15', postgres: 'postgres:17', runtime: 'node:24-slim' } as const

/** What a host's variables may hold; a host's own settings in the inventory override those of all. */
export const settings = z.strictObject({
  docker: z.strictObject({ packages: argv.optional(), user: z.string().optional(), live_restore: z.boolean().optional() }).prefault({}),
  firewall: z.strictObject({ enabled: z.boolean().default(true), allow: z.array(z.string().regex(/^\d+(:\d+)?\/(tcp|udp)$/, 'a port is 443/tcp or 60000:61000/udp')).default([]) }).prefault({}),
  registries: z.record(z.string(), z.strictObject({ ca: z.string().optional(), username: z.string().optional(), password: secretReference.optional() })).default({}),
  traefik: z.strictObject({ image: reference.default(defaultImages.traefik), email: z.string().optional() }).prefault({}),
  postgres: z.strictObject({ image: reference.default(defaultImages.postgres) }).prefault({}),
  runtime: z.strictObject({ image: reference.default(defaultImages.runtime) }).prefault({}),
  apps: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'an app’s name is small letters, digits and dashes'), appSettings).default({}),
})

/** Keys of the settings that stand at the top level of an inventory. */
export const topLevel = ['apps'] as const

export type Settings = Z.output<typeof settings>
export type AppSettings = Z.output<typeof appSettings>

/** What a release of an app is made with: plain data, no secret, the same on the operator's machine and on the host. */
export interface App extends Omit<AppSettings, 'hosts' | 'secrets' | 'database' | 'env'> {
  name: string
  /** Where the host is reached: users of an app without a domain come by it. */
  address: string
}

/** An app as a release needs it. */
export function releaseOf(name: string, address: string, { image, follow, poll, access, port, health, migrate, bake, drain, memory, timeouts }: AppSettings): App {
  return { name, address, image, follow, poll, access, port, health, migrate, bake, drain, memory, timeouts }
}

/** Where things lie on a host. */
export const paths = {
  app: (app: string) => `/opt/${app}`,
  traefik: '/opt/traefik',
  dynamic: '/opt/traefik/dynamic',
  staging: '/opt/traefik/staging',
  program: '/opt/cutover',
  log: '/var/log/cutover',
} as const

/** The Docker network between Traefik and the apps' slots. */
export const publicNetwork = 'traefik-public'
