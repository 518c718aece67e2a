import { readFileSync } from 'node:fs'
import { type Change, type Task, task } from '../../runner/index.ts'
import { pull } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { link, rootFile, rootFolder } from '../system/index.ts'
import { templatePath } from '../templates.ts'
import { ownVersion } from '../version.ts'
import type { App } from './settings.ts'

const scripts = [
  'cutover.sh',
  'database-password.sh',
  'digest.sh',
  'heal.sh',
  'held.sh',
  'lock.sh',
  'locked.sh',
  'poll.sh',
  'registry.sh',
  'registry-failure.sh',
  'registry-get.sh',
  'registry-login.sh',
  'standby.sh',
  'tags.sh',
] as const

/** The program that releases on the host itself: one bundled file, and an image with Node that is pinned by its digest. */
export function program({ bundle, runtime }: { bundle: string; runtime: string }): Task[] {
  const root = paths.program
  return [
    ...[root, `${root}/bin`, `${root}/templates`, paths.log].map((path) => rootFolder(path)),
    rootFolder(`${root}/registries`, { mode: '700' }),
    ...scripts.map((name) =>
      rootFile(`${root}/${name}`, readFileSync(templatePath(`host/${name}`), 'utf8'), { mode: '755' }),
    ),
    rootFile(`${root}/templates/route.yaml.njk`, readFileSync(templatePath('route.yaml.njk'), 'utf8')),
    rootFile(`${root}/bin/cutover.mjs`, bundle),
    rootFile(`${root}/version`, `${ownVersion()}\n`),
    pinnedRuntime(runtime),
  ]
}

/** The image that the program runs in is on the host, and a file names its digest: the scripts start exactly that image. */
function pinnedRuntime(reference: string): Task {
  const path = `${paths.program}/runtime`
  const digest = ['docker', 'image', 'inspect', '-f', '{{range .RepoDigests}}{{println .}}{{end}}', reference]
  return task<Change>({
    name: `runtime ${reference}`,
    check: async (host) => {
      const { stdout, exitCode } = await host.$({ nothrow: true })`${digest} 2>/dev/null`
      const pinned = await host.read(path)
      return exitCode === 0 && pinned !== null && stdout.split('\n').includes(pinned.trim())
        ? null
        : { summary: 'pull and pin' }
    },
    apply: async (host) => {
      await pull(host, reference)
      const { stdout } = await host.$`${digest}`
      await host.write(path, `${stdout.trim().split('\n')[0]}\n`)
    },
  })
}

/** What stands in the file with an app's settings for the program on the host. */
export const settingsText = ({ backend, ...app }: App): string => `${JSON.stringify({ app, backend }, null, 2)}\n`

/** `/opt/APP/deploy`, `rollback`, `finish`, `status` and `heal`, with a database `backup` and `restore`, and the settings that they work with. These contain no secret. */
export function commands({ backend, ...app }: App): Task[] {
  const directory = paths.app(app.name)
  return [
    rootFile(`${directory}/settings.json`, settingsText({ backend, ...app })),
    ...['deploy', 'rollback', 'finish', 'status', 'heal', ...(backend ? ['backup', 'restore'] : [])].map((command) =>
      link(`${directory}/${command}`, `${paths.program}/cutover.sh`),
    ),
  ]
}
