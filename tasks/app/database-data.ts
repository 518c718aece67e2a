import { commandLine, type Fact, type HostView, memoize, UnsafeError } from '../../runner/index.ts'
import { askEngine, type Container } from '../docker/index.ts'

/** What is known of an image of PostgreSQL. */
export interface PostgresImage {
  /** Its major version: 17, or 9.6; null if neither the image nor its tag tells. */
  major: string | null
  /** The folder of its data, if the image tells. */
  data: string | undefined
}

/** The major version by the tag, for an image that is not on the host or does not tell: postgres:17.2-alpine, …/pgvector:pg17. */
function majorOfTag(reference: string): string | null {
  const [, name = '', tag = ''] = /([^/:@]+)(?::([^/@]+))?(?:@.*)?$/.exec(reference) ?? []
  return (
    /(?:^|[-_])pg(\d+)/.exec(tag)?.[1] ??
    (/^(postgres|postgresql|postgis)$/.test(name) ? /^v?(9\.\d|\d+)/.exec(tag)?.[1] : undefined) ??
    null
  )
}

/** What the image itself tells, or its tag if the image is not on the host. */
export const imageFact = memoize((reference): Fact<PostgresImage> => ({
  name: `PostgreSQL of ${reference}`,
  command: ['sh', '-c', 'docker image inspect -f "{{json .Config.Env}}" "$1" 2>/dev/null || true', 'sh', reference],
  parse: (stdout) => {
    const env = stdout.trim() === '' ? [] : ((JSON.parse(stdout) as string[] | null) ?? [])
    const valueOf = (name: string): string | undefined =>
      env.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
    return { major: valueOf('PG_MAJOR') ?? majorOfTag(reference), data: valueOf('PGDATA') }
  },
}))

const ownFolder = '/var/lib/postgresql'

/**
 * Where the volume is mounted. From 18 on, the official images keep their data in a folder that is named after the major
 * version, and want the volume one level up. An image with another data folder has the volume there.
 */
export function mountOf({ major, data }: PostgresImage): string {
  if (data === undefined) return Number(major) >= 18 ? ownFolder : `${ownFolder}/data`
  return new RegExp(`^${ownFolder}/[0-9.]+/`).test(data)
    ? ownFolder
    : data.startsWith(`${ownFolder}/data`)
      ? `${ownFolder}/data`
      : data
}

/** The major versions of the data in a volume, oldest first; none if it is fresh or missing; null if it cannot be read. */
export async function majorsIn(host: HostView, volume: string): Promise<string[] | null> {
  const found = await askEngine(host, 'volume', volume)
  if (!found) return []
  const { stdout, exitCode } = await host.$({
    nothrow: true,
  })`cd -- ${found.Mountpoint ?? ''} && for file in PG_VERSION */PG_VERSION */docker/PG_VERSION; do [ ! -s "$file" ] || cat -- "$file"; done`
  return exitCode === 0
    ? [...new Set(stdout.trim().split(/\s+/).filter(Boolean))].sort((one, two) => Number(one) - Number(two))
    : null
}

export interface Data {
  app: string
  container: string
  volume: string
  image: string
  database: string
  user: string
  tell?(note: string): void
}

/** Makes sure that an image can read the data of an app. @throws UnsafeError, with the steps, if its major version differs */
export async function sameMajor(
  host: HostView,
  { app, container, volume, image, database, user, tell }: Data,
  running: Container | undefined,
): Promise<void> {
  const [{ major }, majors] = await Promise.all([host.fact(imageFact(image)), majorsIn(host, volume)])
  if (majors?.length === 0 && running?.State.Running && running.State.Health?.Status === 'healthy') {
    throw new UnsafeError(
      `${container} runs, and its data is not in the volume ${volume}: a new container would not have it`,
      {
        hint: [
          `Nothing was changed. See where it is: docker inspect -f '{{json .Mounts}}' ${container}`,
          `Dump it (docker exec ${container} pg_dump -U ${user} ${database}) before you remove the container.`,
        ].join('\n'),
      },
    )
  }
  const dataMajor = majors?.at(-1)
  if (dataMajor !== undefined && dataMajor === major) return
  if (majors === null || (dataMajor !== undefined && major === null))
    return tell?.(
      `${container}: whether ${image} can read the data (PostgreSQL ${dataMajor ?? 'of an unknown version'}) is not known; ` +
        "if it can't, what runs now comes back",
    )
  if (dataMajor === undefined) return
  throw new UnsafeError(
    `${app}'s data is PostgreSQL ${dataMajor}'s, and ${image} is PostgreSQL ${major}, which can't read it`,
    { hint: moveSteps(app, dataMajor, major) },
  )
}

/** How an operator moves data from one major version to another. */
const moveSteps = (app: string, from: string, to: string | null): string =>
  [
    `Nothing was changed. Stay with PostgreSQL ${from}: vars: { postgres: { image: … } } in the inventory names it.`,
    ...(Number(to) > Number(from)
      ? [
          `Or let setup move the data by dump and restore. ${app} is away meanwhile, and the old volume is kept:`,
          `  ${commandLine('setup')} --extra-vars postgres.upgrade=true`,
        ]
      : [`PostgreSQL has no way back from ${from} to ${to}, but a backup of before: ${commandLine('restore')}`]),
  ].join('\n')
