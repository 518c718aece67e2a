import { type InventoryHost, type Play, playbook, runIfMain, UnsafeError, UsageError } from '../runner/index.ts'
import { appName, appsOf, type Settings, settings, topLevel, usersOf } from '../tasks/app/index.ts'
import { paths } from '../tasks/paths.ts'
import {
  appsThere,
  confirmPurge,
  isThere,
  listing,
  look,
  noProgram,
  noUsers,
  programThere,
  purge as purgeOn,
} from '../tasks/purge/index.ts'

const purge = playbook(
  'Purge',
  {
    settings,
    topLevelKeys: topLevel,
    positionals: 'APP',
    help: [
      'Removes an app from its hosts: poller, route, containers, images, settings. First it says what is there, and asks for the name.',
      'Volumes and backups stay, unless --data. Other apps, and what Cutover did not make, are left alone.',
      'With --all and without APP: Traefik and the program, from hosts on which no app is left.',
    ].join('\n'),
    options: {
      data: {
        type: 'boolean',
        help: 'also remove volumes and backups (with --all: certificates), which nothing brings back',
      },
      all: { type: 'boolean', help: 'remove Traefik and the program; no app may be left' },
      'yes-purge': {
        type: 'string',
        placeholder: 'NAME',
        help: 'do not ask for the name: it is this one (with --all: all)',
      },
    },
  },
  async (play) => {
    const { data = false, all = false, 'yes-purge': given } = play.options
    const name = nameOf(play.positionals, all)
    const lines = new Map<string, readonly string[]>()
    await play.on(play.hosts(), async ({ host, view }) => {
      const said = all ? await saidOfAll(view, data) : await saidOfApp(play, host, { app: name, data, view })
      if (said.length > 0) lines.set(host.name, said)
    })
    const hosts = play.hosts().filter((host) => lines.has(host.name))
    const shown = hosts.flatMap((host) => lines.get(host.name) ?? [])
    if (hosts.length === 0) {
      play.say(
        all ? 'there is nothing of Cutover' : `there is nothing of ${name}${data ? '' : ' but its data, if any'}`,
      )
      return
    }
    if (!play.check) await confirmPurge({ name, lines: shown, given, signal: play.signal })
    for (const line of shown) play.say(line)
    await play.on(hosts, async (on) => {
      if (all) await on.run(noProgram(data))
      else await purgeOn(on, name, data)
    })
  },
)
export default purge

/** @throws UsageError */
function nameOf(positionals: readonly string[], all: boolean): string {
  const [name, ...rest] = positionals
  if (all && name !== undefined)
    throw new UsageError('--all goes without the name of an app', { hint: `Either: purge ${name}, or: purge --all` })
  if (all) return 'all'
  if (name === undefined || rest.length > 0)
    throw new UsageError('which app? APP is missing', {
      hint: 'One at a time: purge shop. Traefik and the program: --all',
    })
  if (!appName.safeParse(name).success) throw new UsageError(`'${name}' is not the name of an app`)
  return name
}

type View = Parameters<typeof look>[0]

async function saidOfApp(
  { inventory }: Play<Settings>,
  host: InventoryHost<Settings>,
  { app, data, view }: { app: string; data: boolean; view: View },
): Promise<string[]> {
  const found = await look(view, app, { sizes: true })
  if (!isThere(found, data)) return []
  if (found.foreign.includes(paths.app(app)))
    throw new UnsafeError(`${paths.app(app)} on ${host.name} is not Cutover's: setup did not make it`, {
      hint: `Nothing was removed. Move it elsewhere (mv ${paths.app(app)} /root/), and run this again.`,
    })
  const placed = appsOf(inventory, host)
  const users = usersOf(app, placed).map(({ name }) => name)
  await noUsers(view, app, { placed: users, data })
  const isPlaced = placed.some(({ name }) => name === app)
  return [
    ...listing(host.name, found, data),
    ...(isPlaced ? [`  the inventory still places ${app} here: the next setup makes it again`] : []),
  ]
}

async function saidOfAll(view: View, data: boolean): Promise<string[]> {
  const [apps, there] = [[...(await appsThere(view)).keys()], await programThere(view, data)]
  if (apps.length === 0 && there.length === 0) return []
  return [`${view.name}: ${[...there, ...apps.map((app) => `app ${app}, which must be purged first`)].join(', ')}`]
}

await runIfMain(import.meta, purge)
