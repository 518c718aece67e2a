import { parseSerial, parseShare, playbook, runIfMain } from '../runner/index.ts'
import { chooseApp, placesOf, settings, topLevel } from '../tasks/app/index.ts'
import { heldBackNote, liveTarget, release, resolveTag, tagNamed } from '../tasks/blue-green/index.ts'

const deploy = playbook(
  'Deploy',
  {
    settings,
    topLevelKeys: topLevel,
    help: [
      'Releases a tag, blue/green, on every host of an app: no host switches before all are ready, and no request is lost.',
      'Without a tag: what is live on each host, again, with the settings and the environment that setup left there.',
    ].join('\n'),
    options: {
      tag: {
        type: 'string',
        short: 't',
        placeholder: 'TAG',
        help: 'the tag to release, as the registry has it; default: the live one again, with new settings',
      },
      app: { type: 'string', short: 'a', placeholder: 'NAME', help: 'the app, where the inventory has several' },
      serial: {
        type: 'string',
        placeholder: 'N,N%',
        help: 'so many hosts at a time: 1, 25%, or growing: 1,5,25%; the first is a canary',
      },
      'max-fail': {
        type: 'string',
        placeholder: 'N',
        default: '0',
        help: 'so many hosts, or such a share of a batch, may fail before later batches are skipped',
      },
      'keep-going': { type: 'boolean', help: 'hosts that fail do not stop the others' },
    },
  },
  async ({ inventory, options, hosts, on: onHosts, signal }) => {
    const places = placesOf(inventory, chooseApp(inventory, options.app), hosts())
    const tag = options.tag === undefined ? undefined : tagNamed(options.tag)
    const serial = options.serial === undefined ? undefined : parseSerial('serial', options.serial)
    const maxFail = parseShare('max-fail', options['max-fail'], 0)
    await onHosts(places.hosts, { serial, maxFail, keepGoing: options['keep-going'] }, async (on) => {
      const app = places.appOn(on.host)
      await on.run(heldBackNote(app.name, (held) => on.say(`${held}: this deploy is by hand, and goes on`)))
      await release(on, {
        app,
        title: tag ?? 'what is live',
        // The registry is asked once: if the tag moves meanwhile, all hosts still get the same release.
        target: (host) =>
          tag === undefined
            ? liveTarget(host, app)
            : on.once('the digest of the tag', () => resolveTag(host, app, tag), { otherwiseNext: true }),
        kind: 'release',
        signal,
      })
    })
  },
)
export default deploy
await runIfMain(import.meta, deploy)
