import { playbook, positiveInteger, runIfMain } from '../runner/index.ts'
import { appsOf, chooseApp, hostsOf } from '../tasks/apps.ts'
import { release, resolveTag, type Target } from '../tasks/blue-green/index.ts'
import { settings, topLevel } from '../tasks/settings.ts'

const deploy = playbook(
  'Deploy',
  {
    settings,
    extra: topLevel,
    help: 'Releases a tag, blue/green, on every host of an app: no host switches before all are ready, and no request is lost.',
    options: {
      tag: { type: 'string', short: 't', required: true, help: 'the tag to release, as the registry has it' },
      app: { type: 'string', short: 'a', help: 'the app, where the inventory has several' },
      serial: { type: 'string', help: 'so many hosts at a time: --serial 1 makes the first host a canary' },
      'keep-going': { type: 'boolean', default: false, help: 'a host that fails holds no other host up' },
    },
  },
  async (play) => {
    const name = chooseApp(play.inventory, play.options.app as string | undefined)
    const tag = play.options.tag as string
    const serial = play.options.serial === undefined ? undefined : positiveInteger('serial', play.options.serial as string)
    // Asked once: a tag that moves meanwhile must not become two releases.
    let asked: Promise<Target> | undefined
    await play.on(hostsOf(play.inventory, name, play.hosts('all')), { serial, keepGoing: play.options['keep-going'] === true }, async (on) => {
      const { app, settings: own } = appsOf(play.inventory, on.host).find((placed) => placed.name === name)!
      asked ??= resolveTag(on.view, app, tag).catch((error: unknown) => {
        // What one host can't find out, the next one asks for itself.
        asked = undefined
        throw error
      })
      const target = await asked
      await release(on, { app, backend: own.database !== false, target, kind: 'release', signal: play.signal })
    })
  },
)
export default deploy
await runIfMain(import.meta, deploy)
