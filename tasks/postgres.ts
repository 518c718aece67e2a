import { renderText, type Secret, type Task, UsageError } from '../runner/index.ts'
import { composeUp } from './compose.ts'
import { image } from './docker.ts'
import { file } from './file.ts'
import { network } from './network.ts'
import { paths } from './settings.ts'
import { stampOf, template } from './templates.ts'

export interface PostgresOptions {
  app: string
  image: string
  database: string
  user: string
  password: Secret
}

/** The network that an app shares with its database, and with nobody else. */
export const backendNetwork = (app: string): string => `${app}-backend`

/** The name under which an app's slots reach its PostgreSQL. */
export const postgresHost = (app: string): string => `${app}-postgres`

/** An app's own PostgreSQL runs on its own network, its data in a volume. */
export function postgres({ app, image: reference, database, user, password }: PostgresOptions): Task[] {
  const directory = `${paths.app(app)}/postgres`
  const values = { app, image: reference, directory, network: backendNetwork(app) }
  const stamp = stampOf(JSON.stringify(values), user, database)
  return [
    network(backendNetwork(app)),
    // A file that nobody parses: compose would take a $, a # or a quote for its own.
    file(`${directory}/password`, oneLine(app, password)),
    file(`${directory}/compose.yaml`, renderText(template('postgres-compose.yaml.njk'), { ...values, user, database, stamp })),
    image(reference),
    composeUp({ project: `${app}-postgres`, directory, services: ['postgres'], stamp }),
  ]
}

/** PostgreSQL's images read one line. @throws UsageError for a password that is none */
function oneLine(app: string, password: Secret): Secret {
  const value = password.reveal()
  if (value === '') throw new UsageError(`the database password of ${app} is empty`, { hint: 'Make one: openssl rand -hex 16' })
  if (/\p{Cc}/u.test(value)) throw new UsageError(`the database password of ${app} holds a control character (a tab, a line's end)`, { hint: 'It must be one line of printable text.' })
  return password
}
