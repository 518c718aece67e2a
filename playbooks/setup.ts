import { hostBundle } from '../program/index.ts'
import { type InventoryHost, type Play, playbook, runIfMain, tagged, type Task } from '../runner/index.ts'
import {
  appsOf,
  backupOf,
  commands,
  databaseAccount,
  dockerOptions,
  environmentAndDatabase,
  formerUpkeep,
  httpsOfHost,
  longest,
  perHost,
  type PlacedApp,
  poller,
  postgresFolder,
  program,
  registryTasks,
  type Settings,
  settings,
  topLevel,
  upkeep,
  usersOf,
  volumesAndFiles,
} from '../tasks/app/index.ts'
import {
  appFolder,
  isOutdated,
  outdatedNotes,
  releaser,
  servedWhileUnlocked,
  slotsJoined,
} from '../tasks/blue-green/index.ts'
import { docker, network } from '../tasks/docker/index.ts'
import { doctor, openPortsTold, patientOf } from '../tasks/doctor/index.ts'
import { slotNetwork } from '../tasks/paths.ts'
import { acmeOptions, setupFiles, traefik, type TraefikOptions } from '../tasks/proxy/index.ts'
import { whatLeft } from '../tasks/purge/index.ts'
import { dockerBehindUfw, logRotation, packages, ufw, unit } from '../tasks/system/index.ts'

const setup = playbook(
  'Set up servers',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Makes servers ready: Docker, firewall, Traefik, PostgreSQL, the poller. A second run changes nothing.',
  },
  async (play) => {
    // The program is bundled while the hosts answer; a failure is reported where the bundle is needed.
    const bundle = hostBundle()
    bundle.catch(() => undefined)
    // Every secret and every file is read before the first connection: what is missing is reported at once.
    const files = await setupFiles()
    const planOf = perHost(play.hosts(), (host) => planFor(play, host, files))
    const outdated = new Map<string, string[]>()
    await play.on(play.hosts(), async (on) => {
      const { run, host, vars, view, check, say } = on
      const { apps, patient, proxy, pages, engine, firewall, registries, notes, tell } = planOf(host)
      const { user = host.target.user } = vars.docker
      await run(
        ...tagged('always', doctor(patient, say)),
        ...tagged(
          'packages',
          packages({
            present: ['ca-certificates', 'curl', 'cron', 'logrotate', ...(vars.firewall.enabled ? ['ufw'] : [])],
          }),
          unit('cron', { running: true, enabled: true }),
        ),
        ...tagged('upkeep', ...(await upkeep(host.name, vars.upkeep, tell))),
        ...tagged('docker', ...docker({ ...engine, user, tell: say })),
        ...tagged('firewall', ...firewall),
        ...tagged('registries', ...registries),
        // Traefik reaches the slots by what these make. An app that is set up alone needs them too.
        ...apps.flatMap(({ name }) => tagged(name, ...tagged('apps', ...tagged('traefik', ...reachable(name))))),
        ...tagged('traefik', ...traefik({ ...vars.traefik, ...proxy, tell }), ...pages),
        ...tagged('program', ...program({ bundle: await bundle, runtime: vars.runtime.image }), logRotation()),
      )
      for (const { name, app, tasks, account } of apps) {
        if (account && vars.postgres.upgrade && !app.shared) {
          const { upgradePostgres } = await import('../tasks/backup/index.ts')
          const users = usersOf(name, apps).map((user) => user.app)
          await upgradePostgres(on, { ...account, app, users, image: vars.postgres.image })
        }
        await run(...tagged(name, ...tagged('apps', ...tasks)))
        if (!check && (await isOutdated(view, app)))
          outdated.set(name, [...(outdated.get(name) ?? []), host.name].sort())
      }
      if (!vars.firewall.enabled) await run(...tagged('firewall', openPortsTold(tell)))
      await run(
        tagged('apps', whatLeft({ apps: apps.map(({ name }) => name), former: formerUpkeep(vars.upkeep) }, tell)),
      )
      for (const note of notes) say(note)
    })
    for (const line of outdatedNotes(outdated)) play.say(line)
  },
)
export default setup

type SetupFiles = Awaited<ReturnType<typeof setupFiles>>

interface HostPlan {
  apps: (PlacedApp & { account: ReturnType<typeof databaseAccount>; tasks: Task[] })[]
  patient: Parameters<typeof doctor>[0]
  proxy: Pick<TraefikOptions, 'https' | 'acme' | 'drain' | 'timeouts'>
  /** What answers where no app does. */
  pages: Task[]
  engine: ReturnType<typeof dockerOptions>
  firewall: Task[]
  registries: Task[]
  /** What the operator should know at the end. */
  notes: ReadonlySet<string>
  tell(note: string): void
}

/** What setup needs to know of a host before it connects. @throws UsageError for a missing secret or file */
function planFor(play: Play<Settings>, host: InventoryHost<Settings>, files: SetupFiles): HostPlan {
  const { vars } = host
  const placed = appsOf(play.inventory, host, play.path)
  const patient = patientOf(play.inventory, host, placed)
  const https = httpsOfHost(placed, vars.traefik)
  const notes = new Set<string>()
  const tell = (note: string): void => void notes.add(note)
  const { allow, rules } = vars.firewall
  const ports = { owner: 'cutover', rules, allow: [...openPorts(https.served, vars.traefik.http3), ...allow], tell }
  return {
    patient,
    proxy: {
      https: https.served,
      acme: https.acme ? acmeOptions(vars.traefik, play) : null,
      drain: Math.max(0, ...placed.map(({ settings }) => settings.drain)),
      timeouts: longest(placed.map(({ settings }) => settings.timeouts)),
    },
    pages: files.pagesOf(vars.traefik, https.served, play),
    engine: dockerOptions(vars, play),
    firewall: vars.firewall.enabled ? [ufw(ports), dockerBehindUfw(ports)] : [],
    registries: registryTasks(vars.registries, play),
    apps: serversFirst(placed).map((app) => ({
      ...{ ...app, account: databaseAccount(app, play.secret) },
      tasks: [
        ...appTasks(app, play, host, { apps: placed, tell }),
        ...files.proxyFiles(app, vars.ca, play, tell),
        servedWhileUnlocked(app.name, { ...releaser(), why: 'setup' }),
      ],
    })),
    notes,
    tell,
  }
}

/** An app whose database is in the PostgreSQL of another one comes after all that have their own. */
const serversFirst = (placed: readonly PlacedApp[]): PlacedApp[] => [
  ...placed.filter(({ app }) => !app.shared),
  ...placed.filter(({ app }) => app.shared),
]

/** The ports of the proxy that the firewall opens. */
const openPorts = (https: boolean, http3 = false): string[] => [
  '80/tcp',
  ...(https ? ['443/tcp'] : []),
  ...(https && http3 ? ['443/udp'] : []),
]

/** The slots of an app have addresses at which Traefik reaches them. */
const reachable = (app: string): Task[] => [network(slotNetwork(app), { keepAddress: true }), slotsJoined(app)]

/** An app on a host: its folder, environment, database, commands and poller. */
const appTasks = (
  placed: PlacedApp,
  { secret, path }: Play<Settings>,
  { name: host, vars }: InventoryHost<Settings>,
  { apps, tell }: { apps: readonly PlacedApp[]; tell: (note: string) => void },
): Task[] => [
  ...appFolder(placed.name, placed.settings.database ? [postgresFolder(placed.name)] : []),
  ...environmentAndDatabase(placed, { server: vars.postgres, apps, secret, tell }),
  ...volumesAndFiles(placed, { secret, path, host }, tell),
  ...commands(placed.app),
  ...poller(placed.app, {
    host,
    settings: vars.poller,
    freeze: placed.settings.freeze,
    backup: backupOf(placed.settings, vars.postgres),
  }),
]

await runIfMain(import.meta, setup)
