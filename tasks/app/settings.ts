import type { z as Z } from 'zod'
import { secretReference, z } from '../../runner/index.ts'
import {
  account,
  appName,
  email,
  environmentName,
  hostFolder,
  hostHeader,
  reference,
  registry,
  repository,
  sqlName,
  tag,
  timeOfDay,
  urlPath,
  urlScheme,
} from './names.ts'
import { type AppContainer, containerKeys, containerOf, withoutOverlaps } from './container.ts'
import { extensions, parameters } from './database-settings.ts'
import { dockerSettings } from './docker-settings.ts'
import { firewall } from './firewall.ts'
import { freezes, pollerSettings } from './poller-settings.ts'
import { type Access, access, toAccess } from './access.ts'
import { acme } from './acme.ts'
import { databaseNames } from './database-names.ts'
import type { SharedDatabase } from './shared-place.ts'
import { type Proxy, proxy, toProxy } from './proxy.ts'
import { timeouts } from './timeouts.ts'
import { upkeepSettings } from './upkeep.ts'

const seconds = (fallback: number): Z.ZodDefault<Z.ZodNumber> => z.number().min(0).default(fallback)
/** Percent. */
export const defaultDiskAlarm = 85
const diskAlarm = z.int().min(1).max(100).default(defaultDiskAlarm)
const argv = z.array(z.string()).min(1)

/** The command that migrates the database, by itself or with the path in the image that its migrations are below. */
const migration = z.union(
  [
    argv,
    z.strictObject({
      command: argv,
      /** A release whose files are those of the last good one does not run the command. */
      files: z.string().regex(/^\/./, 'files is an absolute path in the image, such as /app/db/migrations').optional(),
    }),
  ],
  { error: 'migrate is a list of words, or { command: [a, list], files: /a/path/in/the/image }' },
)

/** Backups that cron makes on the host. */
const backup = z.strictObject({
  /** The time of day at which one is made, by the host's clock. */
  at: timeOfDay,
  /** So many of the newest stay. */
  keep: z.int().min(1).default(14),
  /** The folder; default: /opt/APP/backups. */
  to: hostFolder.optional(),
})

const database = z
  .strictObject({
    name: sqlName.optional(),
    user: sqlName.optional(),
    password: secretReference,
    /** The scheme of DATABASE_URL, which selects the app's database driver. */
    scheme: urlScheme.default('postgresql+asyncpg'),
    /** Another app of the same hosts, in whose PostgreSQL the database is. Default: a PostgreSQL of its own. */
    server: appName.optional(),
    /** These three: of this app, instead of what holds for its host. */
    extensions: extensions.optional(),
    parameters: parameters.optional(),
    backup: z.union([backup, z.literal(false)], { error: 'backup is { at: "HH:MM" } or false' }).optional(),
  })
  .refine(({ server, parameters: own }) => server === undefined || own === undefined, {
    error: 'parameters belong to a server, and this database is in that of another app: give them to that one',
    path: ['parameters'],
  })

const health = z.strictObject({
  path: urlPath.default('/health'),
  /** The Host header of health requests, where it is not the domain or the host's address. */
  host: hostHeader.optional(),
  /** Seconds until a new slot must be healthy. */
  timeout: seconds(60),
  /** Seconds between two of Docker's checks. */
  interval: z.number().min(1).default(5),
})

/** Only images that one of these keys has signed are released. */
const verify = z.strictObject({
  /** Files with the public key, as cosign.pub is one. */
  key: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
    error: 'key is a file, such as cosign.pub, or a list of files',
  }),
})

const unchecked = z.strictObject({
  image: repository,
  hosts: z.string().default('all'),
  follow: tag.default('latest'),
  poll: z.int().min(1).max(59).default(5),
  /** How many images of good releases are kept for a rollback, the live one among them. */
  keep: z.int().min(2).max(1000).default(5),
  /** Times in which the poller leaves the app alone, instead of those of the host. */
  freeze: freezes.optional(),
  /** Whether a deploy at a terminal shows its plan and asks. The poller and the host's own commands ask nobody. */
  approve: z.boolean().default(false),
  verify: verify.optional(),
  access: access.default('local'),
  proxy: proxy.optional(),
  port: z.int().min(1).max(65_535).default(8000),
  health: health.prefault({}),
  migrate: migration.optional(),
  env: z.record(environmentName, z.string()).default({}),
  secrets: z.record(environmentName, secretReference).default({}),
  database: z.union([database, z.literal(false)], { error: 'database is { password: … } or false' }).default(false),
  bake: seconds(10),
  drain: seconds(30),
  /** Seconds that the slot which served stays up after the drain began, for a rollback in a second. 0: none. */
  standby: seconds(600),
  timeouts: timeouts.prefault({}),
  ...containerKeys,
})
export const appSettings = unchecked.superRefine(withoutOverlaps)

/** The images of a host whose settings name none. The tests run these, and inventory.example.yaml names the same. */
export const defaultImages = { traefik: 'traefik:v3.7.15', postgres: 'postgres:17', runtime: 'node:24-slim' } as const

/** The variables of a host. Its own ones in the inventory override those of all hosts. */
export const settings = z.strictObject({
  docker: dockerSettings.prefault({}),
  firewall: firewall.prefault({}),
  registries: z
    .record(
      registry,
      z.strictObject({ ca: z.string().optional(), username: account.optional(), password: secretReference.optional() }),
    )
    .default({}),
  traefik: z
    .strictObject({
      image: reference.default(defaultImages.traefik),
      email: email.optional(),
      acme: acme.optional(),
      /** Whether browsers may come by HTTP/3, over UDP. */
      http3: z.boolean().optional(),
      /** Files in HTML that users see where no app answers, and during a maintenance, instead of our own. */
      pages: z.strictObject({ not_found: z.string().optional(), maintenance: z.string().optional() }).optional(),
    })
    .prefault({}),
  /** The authority for `https: internal`, which `cutover ca` makes. */
  ca: z.strictObject({ certificate: z.string(), key: secretReference }).optional(),
  postgres: z
    .strictObject({
      image: reference.default(defaultImages.postgres),
      /** Setup moves the data to the image's major version. */
      upgrade: z.boolean().default(false),
      /** Extensions of each app's database. */
      extensions: extensions.default([]),
      /** Parameters of each app's server. */
      parameters: parameters.default({}),
      backup: backup.optional(),
    })
    .prefault({}),
  runtime: z.strictObject({ image: reference.default(defaultImages.runtime) }).prefault({}),
  /** The share of the disk, in percent, from which on status says that it is nearly full. */
  disk_alarm: diskAlarm,
  upkeep: upkeepSettings.prefault({}),
  poller: pollerSettings.prefault({}),
  apps: z.record(appName, appSettings).default({}),
})

/** The keys of the settings that may be at the top level of an inventory. */
export const topLevel = ['apps'] as const

export type Settings = Z.output<typeof settings>
export type BackupSettings = Z.output<typeof backup>
export type AppSettings = Z.output<typeof appSettings>

/** What a release of an app needs: plain data without secrets, the same on the operator's machine and on the host. */
export interface App
  extends
    Omit<
      AppSettings,
      | 'hosts'
      | 'secrets'
      | 'database'
      | 'env'
      | 'freeze'
      | 'approve'
      | 'verify'
      | 'access'
      | 'proxy'
      | 'migrate'
      | keyof typeof containerKeys
    >,
    AppContainer {
  name: string
  access: Access
  proxy?: Proxy
  migrate?: { command: string[]; files?: string }
  /** The address of the host, which users of an app without a domain connect to. */
  address: string
  /** Whether the app has its own database, on its own network. */
  backend: boolean
  /** Where its database is, if that is in the PostgreSQL of another app. */
  shared?: SharedDatabase
  /** The host's share of the disk, in percent, from which on it is nearly full. Default: 85. */
  disk_alarm?: number
  /** The public keys, as PEM texts, of which one must have signed what is released. */
  verify?: string[]
}

/** When cron backs an app's database up; undefined: it does not. */
export const backupOf = (
  { database }: Pick<AppSettings, 'database'>,
  { backup: ofHost }: Pick<Settings['postgres'], 'backup'>,
): BackupSettings | undefined => (database === false ? undefined : (database.backup ?? ofHost) || undefined)

/** The part of an app's settings that a release needs. */
export function toApp(name: string, address: string, settings: AppSettings): App {
  const { image, follow, poll, keep, access, port, health, migrate, bake, drain, standby, timeouts, database, proxy } =
    settings
  const names = databaseNames(name, settings)
  const server = database === false ? undefined : database.server
  const own = { image, follow, poll, keep, access: toAccess(access), port, health, bake, drain, standby, timeouts }
  return {
    ...{ name, address, backend: database !== false, ...own, ...containerOf(settings) },
    ...(proxy && { proxy: toProxy(proxy) }),
    ...(migrate && { migrate: Array.isArray(migrate) ? { command: migrate } : migrate }),
    ...(names && server !== undefined && { shared: { server, ...names } }),
  }
}
