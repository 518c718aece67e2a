import { type Fact, type HostView, UnsafeError } from '../../runner/index.ts'
import { askEngine, type Container } from '../docker/index.ts'

/** What an image of PostgreSQL says of itself. */
export interface PostgresImage {
  /** Its major version: 17, or 9.6; null where neither the image nor its tag says. */
  major: string | null
  /** Where it keeps its data, if it says. */
  data: string | undefined
}

/** What a tag says, for an image that is not there yet, or does not say it: postgres:17.2-alpine, …/pgvector:pg17. */
export function majorOfTag(reference: string): string | null {
  const [, name = '', tag = ''] = /([^/:@]+)(?::([^/@]+))?(?:@.*)?$/.exec(reference) ?? []
  return (
    /(?:^|[-_])pg(\d+)/.exec(tag)?.[1] ??
    (/^(postgres|postgresql|postgis)$/.test(name) ? /^v?(9\.\d|\d+)/.exec(tag)?.[1] : undefined) ??
    null
  )
}

/** An image by its own words; by its tag where it is not on the host. */
export const imageFact = (reference: string): Fact<PostgresImage> => ({
  name: `PostgreSQL of ${reference}`,
  command: ['sh', '-c', 'docker image inspect -f "{{json .Config.Env}}" "$1" 2>/dev/null || true', 'sh', reference],
  parse: (stdout) => {
    const env = stdout.trim() === '' ? [] : ((JSON.parse(stdout) as string[] | null) ?? [])
    const of = (name: string): string | undefined =>
      env.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
    return { major: of('PG_MAJOR') ?? majorOfTag(reference), data: of('PGDATA') }
  },
})

const ownFolder = '/var/lib/postgresql'

/**
 * Where the volume belongs: from 18 on, the official images keep their data in a folder of the major version's name, and
 * want the volume one level up. An image with a place of its own has it there.
 */
export function mountOf({ major, data }: PostgresImage): string {
  if (data === undefined) return Number(major) >= 18 ? ownFolder : `${ownFolder}/data`
  return new RegExp(`^${ownFolder}/[0-9.]+/`).test(data)
    ? ownFolder
    : data.startsWith(`${ownFolder}/data`)
      ? `${ownFolder}/data`
      : data
}

/** The major versions of the data in a volume, oldest first; none: it is fresh; null: it can't be read. */
export async function majorsIn(host: HostView, volume: string): Promise<string[] | null> {
  const there = await askEngine(host, 'volume', volume)
  if (!there) return []
  const { stdout, exitCode } = await host.$({
    nothrow: true,
  })`cd -- ${there.Mountpoint ?? ''} && for file in PG_VERSION */PG_VERSION */docker/PG_VERSION; do [ ! -s "$file" ] || cat -- "$file"; done`
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

/** Another major version can't read the data. @throws UnsafeError with the steps */
export async function sameMajor(
  host: HostView,
  { app, container, volume, image, database, user, tell }: Data,
  there: Container | undefined,
): Promise<void> {
  const [{ major }, majors] = await Promise.all([host.fact(imageFact(image)), majorsIn(host, volume)])
  if (majors?.length === 0 && there?.State.Running && there.State.Health?.Status === 'healthy') {
    throw new UnsafeError(
      `${container} runs, and its data is not in the volume ${volume}: with a new container it would be lost`,
      {
        hint: `Nothing was changed. See where it is: docker inspect -f '{{json .Mounts}}' ${container}\nDump it (docker exec ${container} pg_dump -U ${user} ${database}) before you remove the container.`,
      },
    )
  }
  const has = majors?.at(-1)
  if (has !== undefined && has === major) return
  if (majors === null || (has !== undefined && major === null))
    return tell?.(
      `${container}: whether ${image} can read the data (PostgreSQL ${has ?? 'of an unknown version'}) is not known; if it can't, what runs now comes back`,
    )
  if (has === undefined) return
  throw new UnsafeError(
    `${app}'s data is PostgreSQL ${has}'s, and ${image} is PostgreSQL ${major}, which can't read it`,
    { hint: steps({ app, container, volume, database, user }, has) },
  )
}

/** How data gets from one major version to another. */
const steps = (
  { app, container, volume, database, user }: Omit<Data, 'image' | 'tell'>,
  has: string,
): string => `Nothing was changed. Stay with PostgreSQL ${has}: vars: { postgres: { image: … } } in the inventory names it. Or move the data; on the host, as root:
  1. Nothing may write any more:  mv /etc/cron.d/cutover-${app} /root/; docker stop ${app}-blue ${app}-green
  2. Dump it, and look at the dump:  docker exec ${container} pg_dump -U ${user} ${database} >/root/${app}-${has}.sql; tail -n 3 /root/${app}-${has}.sql
  3. Keep the old data:  docker stop ${container}; cp -a "$(docker volume inspect -f '{{.Mountpoint}}' ${volume})" /root/${app}-${has}
  4. Make room:  docker rm ${container}; docker volume rm ${volume}
  5. Run setup with the new image. It makes a fresh database.
  6. Restore it:  docker exec -i ${container} psql -q -v ON_ERROR_STOP=1 -U ${user} -d ${database} </root/${app}-${has}.sql
  7. docker start the one of ${app}-blue and ${app}-green that served: /opt/${app}/status names it.`
