import { readFileSync } from 'node:fs'
import { hostBundle } from '../program/index.ts'
import { playbook, runIfMain, Secret, type SecretReference, tagged, type Task, UsageError } from '../runner/index.ts'
import {
  appsOf,
  commands,
  environmentFiles,
  longest,
  oneLine,
  type PlacedApp,
  poller,
  postgres,
  postgresHost,
  program,
  registryAccount,
  type Settings,
  settings,
  topLevel,
} from '../tasks/app/index.ts'
import {
  appFolder,
  environmentFile,
  exportsFile,
  isOutdated,
  outdatedNotes,
  releaser,
  servedWhileUnlocked,
} from '../tasks/blue-green/index.ts'
import { dockerEngine, dockerRestarts, liveRestore, network, registryCa, registryLogin } from '../tasks/docker/index.ts'
import { paths, publicNetwork } from '../tasks/paths.ts'
import { traefik } from '../tasks/proxy/index.ts'
import {
  apt,
  directories,
  dockerBehindUfw,
  file,
  groupMember,
  logRotation,
  platform,
  service,
  ufw,
} from '../tasks/system/index.ts'

type SecretOf = (reference: SecretReference, label: string) => Secret

const setup = playbook(
  'Set up servers',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Makes servers ready: Docker, firewall, Traefik, PostgreSQL, the poller. A second run changes nothing.',
  },
  async (play) => {
    // It is made while the hosts answer.
    const bundle = hostBundle()
    bundle.catch(() => undefined)
    // Every secret and every file is read before the first connection: what is missing is said at once.
    const plans = new Map(
      play
        .hosts('all')
        .map((host) => [host.name, planFor(host.vars, appsOf(play.inventory, host), play.secret, play.path)]),
    )

    const outdated = new Map<string, string[]>()
    await play.on(play.hosts(), async ({ run, host, vars, view, check, say }) => {
      const { apps, registries, notes } = plans.get(host.name)!
      const tell = (note: string): void => void notes.add(note)
      const https = apps.some(({ placed }) => placed.settings.access !== 'local')
      const open = ['80/tcp', ...(https ? ['443/tcp'] : []), ...vars.firewall.allow]
      await run(
        ...tagged('always', platform()),
        ...tagged('packages', apt(['ca-certificates', 'curl', 'cron', 'logrotate', 'ufw']), service('cron')),
        ...tagged(
          'docker',
          dockerEngine(vars.docker.packages),
          service('docker'),
          ...outliving(vars.docker.live_restore, say),
          ...dockerUsers(vars.docker.user ?? host.target.user),
        ),
        ...(vars.firewall.enabled
          ? tagged('firewall', ufw({ allow: open, tell }), dockerBehindUfw({ allow: open, tell }))
          : []),
        ...tagged('registries', ...registries),
        ...tagged(
          'traefik',
          network(publicNetwork),
          ...traefik({
            image: vars.traefik.image,
            https,
            email: vars.traefik.email,
            timeouts: longest(apps.map(({ placed }) => placed.settings.timeouts)),
            tell,
          }),
        ),
        ...tagged('program', ...program({ bundle: await bundle, runtime: vars.runtime.image }), logRotation()),
      )
      for (const { placed, tasks } of apps) {
        await run(...tagged(placed.name, ...tagged('apps', ...tasks)))
        if (!check && (await isOutdated(view, placed.app)))
          outdated.set(placed.name, [...(outdated.get(placed.name) ?? []), host.name].sort())
      }
      for (const note of notes) say(note)
    })
    for (const line of outdatedNotes(outdated)) play.say(line)
  },
)
export default setup

interface HostPlan {
  registries: Task[]
  apps: { placed: PlacedApp; tasks: Task[] }[]
  /** What a person is to know at the end. */
  notes: Set<string>
}

/** What a host gets beside what every host gets. @throws UsageError for a missing secret or file */
function planFor(
  vars: Settings,
  placed: readonly PlacedApp[],
  secret: SecretOf,
  path: (relative: string) => string,
): HostPlan {
  const domains = placed.filter(({ settings: { access } }) => access !== 'local')
  if (domains.length > 0 && !vars.traefik.email) {
    throw new UsageError(`${domains[0]!.name} has a domain, and Let's Encrypt wants an address to write to`, {
      hint: 'Set vars: { traefik: { email: YOU@EXAMPLE.ORG } } in the inventory.',
    })
  }
  const registries = Object.entries(vars.registries).flatMap(([registry, { ca, username, password }]): Task[] => {
    const trust = ca === undefined ? [] : [registryCa(registry, readCertificate(path(ca)))]
    if (username === undefined || password === undefined) return trust
    const value = oneLine(secret(password, `password of ${registry}`))
    const curl = new Secret(`user = ${JSON.stringify(`${username}:${value.reveal()}`)}\n`, value.label)
    return [
      ...trust,
      registryLogin(registry, username, value),
      directories([{ path: paths.program }, { path: `${paths.program}/registries`, mode: '700' }]),
      registryAccount(registry, curl),
    ]
  })
  const notes = new Set<string>()
  return {
    registries,
    notes,
    apps: placed.map((each) => ({ placed: each, tasks: appTasks(each, vars, secret, (note) => notes.add(note)) })),
  }
}

/** An app's directories, environment, database, commands and poller. */
function appTasks(
  { name, settings: app, app: release }: PlacedApp,
  vars: Settings,
  secret: SecretOf,
  tell: (note: string) => void,
): Task[] {
  const database = app.database || undefined
  const user = database?.user ?? name.replaceAll('-', '_')
  const databaseName = database?.name ?? name.replaceAll('-', '_')
  const password = database && secret(database.password, `database password of ${name}`)
  const secrets = Object.fromEntries(
    Object.entries(app.secrets).map(([key, reference]) => [key, secret(reference, `${key} of ${name}`)]),
  )
  const url =
    password &&
    new Secret(
      `${database.scheme}://${user}:${encodeURIComponent(password.reveal())}@${postgresHost(name)}:5432/${databaseName}`,
      password.label,
    )
  const values = { ...(url && { DATABASE_URL: url }), ...app.env, ...secrets }
  const environment = environmentFiles(name, values)
  const told = [file(exportsFile(name), environment.shell), file(environmentFile(name), environment.docker)]
  return [
    ...appFolder(name, database ? [{ path: `${paths.app(name)}/postgres` }] : []),
    ...(password
      ? postgres({ app: name, image: vars.postgres.image, database: databaseName, user, password, told, tell })
      : told),
    ...commands(release),
    ...poller(release),
    servedWhileUnlocked(name, { ...releaser(), why: 'setup' }),
  ]
}

/** Containers, and the connections to them, outlive dockerd, unless the inventory says that this is not our business. */
const outliving = (wanted: boolean | undefined, say: (text: string) => void): Task[] =>
  wanted === false ? [] : [liveRestore(wanted, say), ...dockerRestarts()]

/** root needs no group. */
const dockerUsers = (user: string): Task[] => (user === 'root' ? [] : [groupMember(user, 'docker')])

function readCertificate(path: string): string {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`there is no certificate ${path}`, {
      cause,
      hint: 'Mend `registries: { NAME: { ca: FILE } }` in the inventory.',
    })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new UsageError(`${path} is no certificate in PEM`, {
    hint: `Docker reads no other kind. Convert it: openssl x509 -inform der -in ${path} -out ca.crt`,
  })
}

await runIfMain(import.meta, setup)
