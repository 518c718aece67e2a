import { render, renderText, type Secret, type Task } from '../runner/index.ts'
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
    file(`${directory}/postgres.env`, render(template('env.njk'), { values: { POSTGRES_USER: user, POSTGRES_PASSWORD: password, POSTGRES_DB: database } })),
    file(`${directory}/compose.yaml`, renderText(template('postgres-compose.yaml.njk'), { ...values, stamp })),
    image(reference),
    composeUp({ project: `${app}-postgres`, directory, services: ['postgres'], stamp }),
  ]
}
