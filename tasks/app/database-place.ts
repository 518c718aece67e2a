import { type Fact, memoize } from '../../runner/index.ts'
import { paths } from '../paths.ts'

/** The name under which an app's slots reach its PostgreSQL. */
export const postgresHost = (app: string): string => `${app}-postgres`

/** The folder of the database's compose file and password. */
export const postgresFolder = (app: string): string => `${paths.app(app)}/postgres`

/** The container's volumes, and then its compose file. An upgrade that was cut off may have left a container aside. */
const script = `for name in "$1" "$1-before"; do
  docker inspect --type container -f '{{range .Mounts}}{{if eq .Type "volume"}}{{println "volume" .Name}}{{end}}{{end}}' "$name" 2>/dev/null || true
done
cat "$2/compose.yaml" 2>/dev/null || true`

/**
 * The volume with the data of an app's PostgreSQL. What the container has decides: it is what is written to. Where
 * there is no container, its compose file tells. An upgrade moves the data into a volume of another name.
 */
export const databaseVolume = memoize((app): Fact<string> => {
  const name = postgresHost(app)
  return {
    name: `volume of ${name}`,
    command: ['sh', '-c', script, 'sh', name, postgresFolder(app)],
    parse: (stdout) => {
      const isData = (each: string): boolean => each === name || each.startsWith(`${name}-`)
      const mounted = [...stdout.matchAll(/^volume (\S+)$/gm)].map(([, each = '']) => each).find(isData)
      const [, written] = /^volumes:\n {2}data:\n {4}external: true\n {4}name: (\S+)$/m.exec(stdout) ?? []
      return mounted ?? written ?? name
    },
  }
})

/** A new volume for data of a major version. Each has a name of its own: no volume with data is written to. */
export const newDatabaseVolume = (app: string, major: string, stamp: string): string =>
  `${postgresHost(app)}-${major}-${stamp}`
