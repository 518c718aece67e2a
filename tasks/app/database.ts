import { type Change, type HostView, renderText, type Secret, task, type Task } from '../../runner/index.ts'
import {
  claimService,
  composeFile,
  composeUp,
  image,
  keptAddress,
  look,
  network,
  ourMark,
  type Service,
  volume,
} from '../docker/index.ts'
import { paths } from '../paths.ts'
import { file } from '../system/index.ts'
import { stampOf, template } from '../templates.ts'
import { imageFact, mountOf, sameMajor } from './database-data.ts'
import { oneLine } from './one-line.ts'

export interface PostgresOptions {
  app: string
  image: string
  database: string
  user: string
  password: Secret
  /** What tells the app's next release the password: written right after it, for a release in between would have one without the other. */
  told?: readonly Task[]
  /** Hears what a person is to know though nothing changes. */
  tell?: (note: string) => void
}

/** The network that an app shares with its database, and with nobody else. */
export const backendNetwork = (app: string): string => `${app}-backend`

/** The name under which an app's slots reach its PostgreSQL. */
export const postgresHost = (app: string): string => `${app}-postgres`

/**
 * Options of `docker create` by which a container knows its app's PostgreSQL without asking dockerd, which may be away.
 * None on a host whose network was made without an address for it.
 */
export async function databaseHostOptions(host: HostView, app: string): Promise<string[]> {
  const address = await keptAddress(host, backendNetwork(app))
  return address === '' ? [] : [postgresHost(app), 'postgres'].flatMap((name) => ['--add-host', `${name}:${address}`])
}

/** The password that its PostgreSQL is to have, exactly. */
export const passwordFile = (app: string): string => `${paths.app(app)}/postgres/password`

/** An app's own PostgreSQL runs on its own network, its data in a volume. */
export function postgres({
  app,
  image: reference,
  database,
  user,
  password,
  told = [],
  tell,
}: PostgresOptions): Task[] {
  const directory = `${paths.app(app)}/postgres`
  const name = postgresHost(app)
  const service: Service = {
    project: `cutover-${name}`,
    formerly: name,
    container: name,
    directory,
    image: reference,
    ports: [],
    tell,
    compose: async (host) => {
      const [facts, address] = await Promise.all([
        host.fact(imageFact(reference)),
        keptAddress(host, backendNetwork(app)),
      ])
      const values = {
        app,
        image: reference,
        directory,
        network: backendNetwork(app),
        data: mountOf(facts),
        ...(address !== '' && { address }),
      }
      const stamp = stampOf(JSON.stringify(values), user, database)
      return { stamp, content: renderText(template('postgres-compose.yaml.njk'), { ...values, user, database, stamp }) }
    },
    allow: (host, there) =>
      sameMajor(host, { app, container: name, volume: name, image: reference, database, user, tell }, there),
  }
  return [
    network(backendNetwork(app), { keepAddress: true }),
    // Earlier releases left it to compose, whose labels anybody's project of that name has too.
    volume(
      name,
      async (host, { Labels }) =>
        Labels?.['com.docker.compose.project'] === name &&
        ((await host.read(composeFile(service)))?.includes(ourMark) === true ||
          (await look(host, service)).now !== undefined),
    ),
    image(reference),
    claimService(service),
    // A file that nobody parses: compose would take a $, a # or a quote for its own. PostgreSQL's images read one line.
    file(passwordFile(app), oneLine(password)),
    ...told,
    composeUp(service),
    formerEnvironment(directory),
  ]
}

/** Earlier releases gave PostgreSQL its password in a file for compose: once no compose file names it, it only keeps an old password. */
const formerEnvironment = (directory: string): Task =>
  task<Change>({
    name: `no ${directory}/postgres.env`,
    check: async (host) =>
      (
        await host.$({
          nothrow: true,
        })`[ -e ${directory}/postgres.env ] && ! grep -qs postgres.env ${directory}/compose.yaml`
      ).exitCode === 0
        ? { summary: 'nothing reads it any more' }
        : null,
    apply: async (host) => void (await host.$`rm -f ${directory}/postgres.env`),
  })
