import {
  type Host,
  type InventoryHost,
  type OnHost,
  parseSerial,
  parseShare,
  playbook,
  runIfMain,
  UsageError,
} from '../runner/index.ts'
import { type App, chooseApp, chosenHosts, placesOf, type Settings, settings, topLevel } from '../tasks/app/index.ts'
import { imageFromDocker, sentNote } from '../tasks/docker/index.ts'
import { paths } from '../tasks/paths.ts'
import {
  approved,
  atTime,
  broughtImage,
  canaryOptions,
  canaryPlan,
  type CutOver,
  detachOption,
  cutOverSummary,
  forcedBy,
  forceOptions,
  hostFirst,
  laterPulls,
  liveTarget,
  notFrozen,
  planOn,
  release,
  type ReleaseTarget,
  retryBadOption,
  tagNamed,
  tagOnce,
  tagOfImage,
  wantsApproval,
} from '../tasks/blue-green/index.ts'

const deploy = playbook(
  'Deploy',
  {
    settings,
    topLevelKeys: topLevel,
    connectsTo: chosenHosts,
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
      'from-docker': {
        type: 'string',
        placeholder: 'IMAGE',
        help: 'an image of the Docker on this machine, NAME:TAG, which goes to the hosts over SSH: no registry is asked',
      },
      app: { type: 'string', short: 'a', placeholder: 'NAME', help: 'the app, where the inventory has several' },
      serial: {
        type: 'string',
        placeholder: 'N,N%',
        help: 'so many hosts at a time: 1, 25%, or growing: 1,5,25%',
      },
      'max-fail': {
        type: 'string',
        placeholder: 'N',
        default: '0',
        help: 'so many hosts, or such a share of a batch, may fail before later batches are skipped',
      },
      'keep-going': { type: 'boolean', help: 'hosts that fail do not stop the others' },
      'retry-bad': retryBadOption,
      detach: detachOption,
      ...forceOptions,
      'canary-host': {
        type: 'string',
        placeholder: 'NAME',
        help: 'this host is released alone first; the others follow when the new release has proven itself there',
      },
      ...canaryOptions,
      plan: { type: 'boolean', help: 'say for each host what would be released and how, and change nothing' },
      at: {
        type: 'string',
        placeholder: 'TIME',
        help: 'checks all that it can, and releases at that time: 03:00, or 2026-12-24T03:00, by the clock of this machine',
      },
      yes: { type: 'boolean', help: 'do not ask, where the app has `approve: true`' },
    },
  },
  async ({ inventory, options, hosts, path, on: onHosts, say, check, signal }) => {
    const name = chooseApp(inventory, options.app)
    const places = placesOf(inventory, name, hosts(), path)
    const cuts: CutOver[] = []
    const fromDocker = options['from-docker']
    const reason = forcedBy(options)
    const tag = tagOf(options)
    const canary = canaryPlan(options, options['keep-going'])
    const maxFail = parseShare('max-fail', options['max-fail'], 0)
    const at = options.at === undefined ? undefined : (await atTime()).timeOf(options.at, new Date())
    const { hosts: ordered, serial } = hostFirst(options['canary-host'], {
      hosts: places.hosts,
      serial: options.serial === undefined ? undefined : parseSerial('serial', options.serial),
      mayFail: options['keep-going'] || maxFail !== 0,
    })
    const asks = !check && !options.plan && wantsApproval(name, places.hosts, options.yes)
    const image = fromDocker === undefined ? undefined : await unsigned(fromDocker, places.hosts.map(places.appOn))
    const brought = image && broughtTarget(image.id, fromDocker)
    const targetOn = targetOf(tag, brought, places.appOn)
    const later = laterPulls((host) => {
      const placed = places.hosts.find((each) => each.name === host)
      return placed && places.appOn(placed)
    })
    const { meanwhile } = tag === undefined ? {} : later
    try {
      if (options.plan || asks || at) {
        let known = 0
        await onHosts(places.hosts, async (on) => {
          const target = await targetOn(on, on.view)
          if (options.plan || asks) await tellPlan(on, places.appOn(on.host), target)
          known += 1
        })
        if (options.plan || known < places.hosts.length) return
        if (asks) await approved(name, signal)
        if (at && !check) await (await atTime()).waitUntil(at, say, signal)
      }
      await onHosts(ordered, { serial, maxFail, keepGoing: options['keep-going'], meanwhile }, async (on) => {
        const app = places.appOn(on.host)
        await on.run(notFrozen(app.name, { reason, check: on.check, tell: on.say }))
        if (image && brought) await bring(on, app, image, brought)
        const cut = await release(on, {
          app,
          title: brought?.tag ?? tag ?? 'what is live',
          target: (host) => targetOn(on, host).then(later.found),
          fixedTarget: tag !== undefined,
          kind: 'release',
          canary,
          signal,
          retryBad: options['retry-bad'],
          detach: options.detach,
          reason,
        })
        if (cut) cuts.push(cut)
      })
      const done = cutOverSummary(cuts, { app: name, kind: 'release', named: options.app !== undefined })
      if (done !== null) say(done)
    } finally {
      await image?.close()
    }
  },
)
export default deploy

/** The tag that is to be released; undefined: another way says what is. @throws UsageError */
function tagOf({ tag, 'from-docker': fromDocker }: { tag?: string; 'from-docker'?: string }): string | undefined {
  if (fromDocker !== undefined && tag !== undefined)
    throw new UsageError('--tag and --from-docker both say what is released: one of them')
  return tag === undefined ? undefined : tagNamed(tag)
}

type TargetOn = (on: OnHost<Settings>, host: Host) => Promise<ReleaseTarget>

/** What is released on a host: what was brought, what the tag names, or what is live there. */
function targetOf(
  tag: string | undefined,
  brought: ReleaseTarget | undefined,
  appOn: (host: InventoryHost<Settings>) => App,
): TargetOn {
  const target = tag === undefined ? liveTarget : tagOnce(tag)
  return async (on, host) => brought ?? target(host, appOn(on.host), on)
}

const broughtTarget = (id: string, reference = ''): ReleaseTarget => ({
  tag: tagOfImage(reference),
  digest: id,
  from: 'docker',
})

type Image = Awaited<ReturnType<typeof imageFromDocker>>

/** An image of the operator's Docker. @throws UsageError if only signed ones are released: signatures are in registries */
async function unsigned(reference: string, apps: readonly App[]): Promise<Image> {
  const app = apps.find(({ verify }) => verify)
  if (app)
    throw new UsageError(`only signed images of ${app.name} are released, and an image of a Docker has no signature`, {
      hint: 'Push it, sign it (cosign sign --key cosign.key IMAGE@DIGEST), and release its tag: --tag TAG',
    })
  return imageFromDocker(reference)
}

/** The image of the operator's Docker is on the host. */
async function bring(on: OnHost<Settings>, app: App, image: Image, brought: ReleaseTarget): Promise<void> {
  const to = async (host: Host): Promise<void> =>
    on.say(sentNote(await image.bringTo(host, `${paths.app(app.name)}/incoming`)))
  await on.run(broughtImage(app, brought, { platform: image.platform, to }))
}

async function tellPlan(on: OnHost<Settings>, app: App, target: ReleaseTarget): Promise<void> {
  for (const line of await planOn(on, { app, target, inventory: on.vars.apps[app.name] })) on.say(line)
}

await runIfMain(import.meta, deploy)
