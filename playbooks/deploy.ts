import { parseSerial, parseShare, playbook, runIfMain } from '../runner/index.ts'
import { appsOf, chooseApp, hostPattern, settings, topLevel } from '../tasks/app/index.ts'
import { liveTarget, release, resolveTag, tagNamed, type Target } from '../tasks/blue-green/index.ts'

const deploy = playbook(
  'Deploy',
  {
    settings,
    topLevelKeys: topLevel,
    help: 'Releases a tag, blue/green, on every host of an app: no host switches before all are ready, and no request is lost.\nWithout a tag: what is live on each host, again, with the settings and the environment that setup left there.',
    options: {
      tag: {
        type: 'string',
        short: 't',
        help: 'the tag to release, as the registry has it; default: the live one again, with new settings',
      },
      app: { type: 'string', short: 'a', help: 'the app, where the inventory has several' },
      serial: { type: 'string', help: 'so many hosts at a time: 1, 25%, or growing: 1,5,25%; the first is a canary' },
      'max-fail': {
        type: 'string',
        default: '0',
        help: 'so many hosts, or such a share of a batch, may fail before later batches are skipped',
      },
      'keep-going': { type: 'boolean', default: false, help: 'a host that fails holds no other host up' },
    },
  },
  async (play) => {
    const name = chooseApp(play.inventory, play.options.app)
    const tag = play.options.tag === undefined ? undefined : tagNamed(play.options.tag)
    const serial = play.options.serial === undefined ? undefined : parseSerial('serial', play.options.serial)
    const maxFail = parseShare('max-fail', play.options['max-fail'], 0)
    // Asked once: a tag that moves meanwhile must not become two releases.
    let asked: Promise<Target> | undefined
    await play.on(
      hostPattern(play.inventory, name, play.hosts('all')),
      { serial, maxFail, keepGoing: play.options['keep-going'] === true },
      async (on) => {
        const { app, settings: own } = appsOf(play.inventory, on.host).find((placed) => placed.name === name)!
        const ask = (named: string): Promise<Target> =>
          (asked ??= resolveTag(on.view, app, named).catch((error: unknown) => {
            // What one host can't find out, the next one asks for itself.
            asked = undefined
            throw error
          }))
        const target = on.listing
          ? { tag: tag ?? 'the live one', digest: '' }
          : tag === undefined
            ? await liveTarget(on.view, app)
            : await ask(tag)
        await release(on, { app, backend: own.database !== false, target, kind: 'release', signal: play.signal })
      },
    )
  },
)
export default deploy
await runIfMain(import.meta, deploy)
