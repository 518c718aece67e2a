import { isIP } from 'node:net'
import { posix } from 'node:path'
import type { z as Z } from 'zod'
import { CutoverError, parseMode, secretReference, z } from '../../runner/index.ts'
import { vital } from '../system/index.ts'

/** A number of bytes as Docker takes it. */
const bytes = (what: string): Z.ZodString =>
  z.string().regex(/^\d+[bkmg]$/, `${what} is a number with its unit: 512m or 2g`)

/** Why a text is not the path of a mount; null if it is one. Docker separates its options with commas. */
function pathProblem(path: string): string | null {
  if (!path.startsWith('/')) return 'it begins with /'
  if (path !== posix.resolve(path)) return "without '.', '..' or double slash in it, and without a slash at its end"
  return /[,":\p{Cc}]/u.test(path) ? 'without commas, colons, quotes and control characters' : null
}

function verifyContainerPath(path: string): string | null {
  const problem = pathProblem(path)
  if (problem !== null) return `a path in the container is absolute: ${problem}, as in /data/uploads`
  if (path === '/') return 'nothing can be mounted over / of the container: name a folder in it'
  if (/^\/(proc|sys|dev)(\/|$)/.test(path))
    return `nothing can be mounted at ${path}: the container needs it${path.startsWith('/dev') ? '. For /dev/shm there is `shm: 128m`' : ''}`
  return null
}

/** Folders whose content only Cutover and Docker change. */
const ours = /^\/(opt\/(cutover|traefik|containerd)|var\/lib\/(docker|containerd))(\/|$)/

function verifyHostPath(path: string): string | null {
  const problem = pathProblem(path)
  if (problem !== null) return `a path on the host is absolute: ${problem}, as in /srv/media`
  return path === '/' || ours.test(path) ? `${path} of the host is not mounted into an app: name another folder` : null
}

/** A text that a function has nothing against. */
const checked = (problemOf: (text: string) => string | null): Z.ZodString =>
  z.string().superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

const containerPath = checked(verifyContainerPath)

const mode = checked((text) => {
  try {
    parseMode(text)
    return null
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error
    return `${error.message}: 750 or 0640`
  }
})

/** By number, because the container has names of its own for its users. */
const numericOwner = z
  .string()
  .regex(/^\d+(:\d+)?$/, 'an owner is a number, or two: 1000 or 1000:1000 (the ids in the container)')

const namedVolume = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_.-]{0,99}$/,
    'a volume is small letters, digits, dots, dashes and underscores; for a folder of the host: { host: /srv/media }',
  )
  .refine((name) => !/(^|-)postgres$/.test(name), "a volume called 'postgres' is a database's: choose another name")

const attributes = { owner: numericOwner.optional(), mode: mode.optional(), read_only: z.boolean().optional() }

const volume = z.union(
  [
    namedVolume,
    z.strictObject({ name: namedVolume, ...attributes }),
    z
      .strictObject({ host: checked(verifyHostPath), ...attributes })
      .refine(({ host, read_only: readOnly }) => readOnly === true || !vital.has(host), {
        error: 'the host needs this folder itself: mount one in it, or mount it with `read_only: true`',
        path: ['host'],
      })
      .refine(({ owner, mode: wanted, read_only: readOnly }) => readOnly !== true || (owner ?? wanted) === undefined, {
        error: 'a folder of the host that is only read keeps its owner and mode',
        path: ['read_only'],
      }),
  ],
  {
    error: 'a volume is its name, { name: uploads, owner: … } or { host: /srv/media, owner: …, mode: …, read_only: … }',
  },
)
export type VolumeSettings = Z.output<typeof volume>

const mountedFile = z
  .strictObject({
    /** A nunjucks template, a file that is taken as it is, or a secret. Paths are relative to the inventory. */
    template: z.string().min(1).optional(),
    file: z.string().min(1).optional(),
    secret: secretReference.optional(),
    owner: numericOwner.optional(),
    mode: mode.optional(),
  })
  .refine(({ template, file, secret }) => [template, file, secret].filter((each) => each !== undefined).length === 1, {
    error: 'one of `template: PATH`, `file: PATH` and `secret: { env: NAME }` says what is in the file',
  })
export type FileSettings = Z.output<typeof mountedFile>

const hostName = z.string().regex(/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/, 'a name of a host: db.internal')
const address = z
  .string()
  .refine((text) => isIP(text) !== 0 || text === 'host-gateway', 'an IP address, or host-gateway for the host itself')

/** What a container of an app gets beside its environment, by the keys of the app's settings. */
export const containerKeys = {
  /** In place of the image's own CMD. */
  command: z.array(z.string()).min(1).optional(),
  user: z
    .string()
    .regex(
      /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/,
      'a user is 1000, 1000:1000 or a name of the image',
    )
    .optional(),
  cpus: z.number().min(0.01).optional(),
  memory: bytes('memory').optional(),
  /** The size of /dev/shm. */
  shm: bytes('shm').optional(),
  /** Path in the container → the most bytes. */
  tmpfs: z.record(containerPath, bytes('the size of a tmpfs')).optional(),
  /** A small process 1 that reaps what the app leaves behind. */
  init: z.boolean().optional(),
  extra_hosts: z.record(hostName, address).optional(),
  /** Path in the container → a volume. */
  volumes: z.record(containerPath, volume).optional(),
  /** Path in the container → a file that is only read. */
  files: z.record(containerPath, mountedFile).optional(),
} as const
type ContainerSettings = Z.output<Z.ZodObject<typeof containerKeys>>

const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`)

/** Refuses mounts of an app that lie in each other: which of them is seen would depend on their order. */
export function withoutOverlaps(settings: ContainerSettings, context: Z.RefinementCtx): void {
  const mounts = (['volumes', 'files', 'tmpfs'] as const).flatMap((key) =>
    Object.keys(settings[key] ?? {}).map((path) => ({ key, path })),
  )
  mounts.forEach((mount, index) => {
    const other = mounts.slice(0, index).find(({ path }) => isWithin(mount.path, path) || isWithin(path, mount.path))
    if (other)
      context.addIssue({
        code: 'custom',
        message: `it overlaps ${other.key}.${other.path}: a mount is not in another one`,
        path: [mount.key, mount.path],
      })
  })
}

/** What a release needs of these settings: plain data without secrets, and nothing that is not set. */
export type AppContainer = Omit<ContainerSettings, 'files'> & {
  /** The paths in the container of its files, which setup has left on the host. */
  files?: readonly string[]
}

export function containerOf({ files, ...settings }: ContainerSettings): AppContainer {
  const keys = Object.keys(containerKeys).filter((key): key is keyof typeof settings => key !== 'files')
  return {
    ...(Object.fromEntries(
      keys.filter((key) => settings[key] !== undefined).map((key) => [key, settings[key]]),
    ) as typeof settings),
    ...(files && Object.keys(files).length > 0 && { files: Object.keys(files) }),
  }
}
