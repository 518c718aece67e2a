import { databaseContainer, type SharedDatabase } from '../app/index.ts'

/** Where the database of an app is. */
export interface Place {
  app: string
  /** The container of its PostgreSQL. */
  container: string
  /** Its name, if the PostgreSQL is that of another app. Default: the one that the container was made with. */
  database?: string
}

export const placeOf = (app: string, shared?: SharedDatabase): Place => ({
  app,
  container: databaseContainer({ name: app, shared }),
  ...(shared && { database: shared.database }),
})
