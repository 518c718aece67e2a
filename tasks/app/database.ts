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
import { rootFile } from '../system/index.ts'
import { stampOf, templatePath } from '../templates.ts'
import { imageFact, mountOf, sameMajor } from './database-data.ts'
import { databaseVolume, postgresFolder, postgresHost } from './database-place.ts'
import { explainPostgres } from './database-trouble.ts'
import { oneLine } from './one-line.ts'
import { notShared } from './shared-place.ts'

export interface PostgresOptions {
  app: string
  image: string
  database: string
  user: string
  password: Secret
  /**
   * Writes the password where the app's next release reads it. It runs right after the database's own copy is written, so that
   * hardly a release finds one without the other.
   */
  environment?: readonly Task[]
  /** Hears what an operator should know though nothing changes. */
  tell?: (note: string) => void
}

/** The network that an app shares with its database alone. */
export const backendNetwork = (app: string): string => `${app}-backend`

/**
 * Options of `docker create` by which a container finds its app's PostgreSQL without Docker's DNS, which stops with dockerd.
 * There are none on a host whose network was made without a fixed address.
 */
export async function databaseHostOptions(host: HostView, app: string): Promise<string[]> {
  const address = await keptAddress(host, backendNetwork(app))
  return address === '' ? [] : [postgresHost(app), 'postgres'].flatMap((name) => ['--add-host', `${name}:${address}`])
}

/** The file that PostgreSQL reads its password from. Nothing parses it, so every character stands for itself. */
export const passwordFile = (app: string): string => `${postgresFolder(app)}/password`

/** An app's own PostgreSQL runs on its own network, its data in a volume. @throws UsageError for a password of several lines */
export function postgres(options: PostgresOptions): Task[] {
  const { app, image: reference, password, environment = [] } = options
  const service = postgresService(options)
  return [
    network(backendNetwork(app), { keepAddress: true }),
    dataVolume(app, service),
    image(reference),
    claimService(service),
    // PostgreSQL's images read one line of this file, and compose does not read it: in a compose file, a $ or a # in it would be syntax.
    rootFile(passwordFile(app), oneLine(password)),
    ...environment,
    composeUp(service),
    noFormerEnvironment(service.directory),
  ]
}

/**
 * The container of an app's PostgreSQL. Its data and its address decide on its compose file, so that is made on the host.
 * @param wantedVolume where its data is to be; default: where it is
 */
export function postgresService(
  { app, image: reference, database, user, tell }: Omit<PostgresOptions, 'password'>,
  wantedVolume?: string,
): Service {
  const directory = postgresFolder(app)
  const name = postgresHost(app)
  return {
    project: `cutover-${name}`,
    formerly: name,
    container: name,
    directory,
    image: reference,
    ports: [],
    tell,
    compose: async (host) => {
      const [facts, address, data] = await Promise.all([
        host.fact(imageFact(reference)),
        keptAddress(host, backendNetwork(app)),
        wantedVolume ?? host.fact(databaseVolume(app)),
      ])
      const values = {
        app,
        image: reference,
        directory,
        network: backendNetwork(app),
        data: mountOf(facts),
        ...(address !== '' && { address }),
        ...(data !== name && { volume: data }),
      }
      const stamp = stampOf(JSON.stringify(values), user, database)
      return {
        stamp,
        content: renderText(templatePath('postgres-compose.yaml.njk'), {
          ...{ ...values, volume: data },
          ...{ user, database, stamp },
        }),
      }
    },
    explain: explainPostgres,
    allow: async (host, container) => {
      const data = wantedVolume ?? (await host.fact(databaseVolume(app)))
      await sameMajor(host, { app, container: name, volume: data, image: reference, database, user, tell }, container)
    },
  }
}

/** The volume that an app's data is in exists. Until an upgrade has moved the data, it has the name of the container. */
function dataVolume(app: string, service: Service): Task {
  const now = async (host: HostView): Promise<Task> =>
    volume(await host.fact(databaseVolume(app)), (_, { Labels }) => isFormerVolume(host, service, Labels))
  return task<Change>({
    name: `volume ${postgresHost(app)}`,
    check: async (host) => {
      const change = await (await now(host)).check(host)
      if (change) await notShared(host, app)
      return change
    },
    apply: async (host, change) => (await now(host)).apply(host, change),
  })
}

/** Whether an unmarked volume is ours: earlier releases let compose create it, with labels that any project of that name has. */
const isFormerVolume = async (
  host: HostView,
  service: Service,
  labels: Readonly<Record<string, string>> | null | undefined,
): Promise<boolean> =>
  labels?.['com.docker.compose.project'] === service.formerly &&
  ((await host.read(composeFile(service)))?.includes(ourMark) === true || (await look(host, service)).now !== undefined)

/** Earlier releases gave PostgreSQL its password in postgres.env. Once no compose file names it, it only keeps an old password. */
const noFormerEnvironment = (directory: string): Task =>
  task<Change>({
    name: `no ${directory}/postgres.env`,
    check: async (host) => {
      const { exitCode } = await host.$({
        nothrow: true,
      })`[ -e ${directory}/postgres.env ] && ! grep -qs postgres.env ${directory}/compose.yaml`
      return exitCode === 0 ? { summary: 'nothing reads it any more' } : null
    },
    apply: async (host) => {
      await host.$`rm -f ${directory}/postgres.env`
    },
  })
