import { commandLine, type HostView } from '../../runner/index.ts'
import { type App, environmentFile, type Settings } from '../app/index.ts'
import { paths } from '../paths.ts'

/**
 * Prints the names of the variables that a container has otherwise than the file for the next one: `+` new, `-` gone,
 * `~` another value. Values are compared on the host and never printed. Docker quotes them (%q), so that each is one line;
 * those of the file are quoted likewise. A variable of the image is not gone.
 */
const compare = `format='{{range .Config.Env}}{{printf "%q" .}}{{println}}{{end}}'
docker inspect --type container --format "$format" "$1" >"$3/now" || exit
docker image inspect --format "$format" "$(docker inspect --type container --format '{{.Image}}' "$1")" >"$3/image" || exit
sed -n '/^[^=]*=/{s/\\\\/\\\\\\\\/g;s/"/\\\\"/g;s/\\t/\\\\t/g;s/.*/"&"/;p}' "$2" >"$3/next"
awk -F= -v bare="$(grep -v = "$2" | tr '\\n' ' ')" '
  BEGIN { split(bare, names, " "); for (i in names) unknown[names[i]] }
  { name = substr($1, 2) }
  FILENAME ~ /image$/ { image[name] = $0; next }
  FILENAME ~ /next$/ { next_[name] = $0; next }
  { now[name] = $0 }
  END {
    for (name in next_) if (!(name in now)) print "+" name; else if (now[name] != next_[name]) print "~" name
    for (name in now) if (!(name in next_) && !(name in unknown) && now[name] != image[name] && name != "CUTOVER_SLOT") print "-" name
  }' "$3/image" "$3/next" "$3/now" | sort -k 1.2`

/** What differs between the environment of a container and that of the next one on its host, by the names alone. */
export async function environmentChanges(host: HostView, app: string, container: string): Promise<string[]> {
  const { stdout, exitCode } = await host.quiet({
    nothrow: true,
  })`folder=$(umask 077; mktemp -d); trap 'rm -rf -- "$folder"' EXIT; ${['sh', '-c', compare, 'sh', container, environmentFile(app)]} "$folder"`
  if (exitCode !== 0) return ['environment: it could not be compared']
  const words = { '+': 'is new', '-': 'goes', '~': 'changes' }
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => `environment: ${line.slice(1)} ${words[line[0] as keyof typeof words]}`)
}

/** What the inventory has otherwise than the host, so that setup has to run before a release gets it. */
export async function setupFirst(
  host: HostView,
  app: App,
  inventory: Settings['apps'][string] | undefined,
): Promise<string[]> {
  if (inventory === undefined) return []
  const [settings, names] = await Promise.all([settingsThere(host, app.name), namesThere(host, app.name)])
  // As setup writes them.
  const wanted = JSON.parse(JSON.stringify({ ...app, backend: undefined })) as Record<string, unknown>
  const keys = settings === null ? ['all'] : differing(settings, wanted)
  const variables = [
    ...Object.keys(inventory.env),
    ...Object.keys(inventory.secrets),
    ...(app.backend ? ['DATABASE_URL'] : []),
  ]
  const missing = variables.filter((name) => !names.has(name))
  const gone = [...names].filter((name) => !variables.includes(name))
  const others = await otherValues(host, app.name, inventory.env)
  const all = [
    ...keys.map((key) => `settings.${key}`),
    ...missing.map((name) => `${name} is new`),
    ...gone.map((name) => `${name} goes`),
    ...others.filter((name) => names.has(name)).map((name) => `${name} changes`),
  ]
  return all.length === 0 ? [] : [`setup first: ${all.join(', ')} (${commandLine('setup', '--tags', 'apps')})`]
}

async function settingsThere(host: HostView, app: string): Promise<Record<string, unknown> | null> {
  try {
    return (JSON.parse((await host.read(`${paths.app(app)}/settings.json`)) ?? '') as { app: Record<string, unknown> })
      .app
  } catch {
    return null
  }
}

const differing = (one: Record<string, unknown>, other: Record<string, unknown>): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]),
  )

/** The names of the variables that setup left on the host. */
async function namesThere(host: HostView, app: string): Promise<Set<string>> {
  const { stdout } = await host.quiet({ nothrow: true })`sed 's/=.*//' ${environmentFile(app)} 2>/dev/null`
  return new Set(stdout.split('\n').filter(Boolean))
}

/** The names of plain variables of one line whose values are others on the host. Those of secrets are not compared. */
async function otherValues(host: HostView, app: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const lines = Object.entries(env).flatMap(([name, value]) => (!value.includes('\n') ? [`${name}=${value}\n`] : []))
  const { stdout } = await host.quiet({
    input: lines.join(''),
    nothrow: true,
  })`grep -vxF -f ${environmentFile(app)} - | sed 's/=.*//'`
  return stdout.split('\n').filter(Boolean)
}
