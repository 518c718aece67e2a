/** The part of an app's settings that says how its database and the user of it are called. */
interface Named {
  database: false | { name?: string; user?: string }
}

/** How an app's database and its user are called; undefined for an app without one. */
export function databaseNames(
  app: string,
  { database: settings }: Named,
): { database: string; user: string } | undefined {
  if (settings === false) return undefined
  const sqlName = app.replaceAll('-', '_')
  return { database: settings.name ?? sqlName, user: settings.user ?? sqlName }
}
