import { type Host, playbook, UsageError, z } from '../runner/index.ts'
import { type App, databaseContainer, onNetworkOf } from '../tasks/app/index.ts'
import {
  forcedBy,
  forceOption,
  forceOptions,
  canaryOptions,
  canaryPlan,
  liveTarget,
  notFrozen,
  printStatus,
  release,
  releaser,
  type ReleaseTarget,
  resolveTag,
  retryBadOption,
  rollbackTarget,
  servedWhileUnlocked,
  tagNamed,
  unfinishedTarget,
} from '../tasks/blue-green/index.ts'
import { backUp, confirmed, keepOf, restore as restoreOn, restoreOptions } from '../tasks/backup/index.ts'
import { keptRunning } from '../tasks/docker/index.ts'

/** These playbooks run on one host, this one. Its variables are the app that setup left here. */
const settings = z.custom<App>()

const deploy = playbook(
  'Deploy',
  {
    settings,
    positionals: 'TAG',
    options: {
      tag: { type: 'string', short: 't', placeholder: 'TAG', help: 'the tag to release; it may stand alone, too' },
      'retry-bad': retryBadOption,
      ...forceOptions,
      ...canaryOptions,
    },
    help: 'Releases a tag on this host, blue/green. Without a tag: what is live, again, with the settings of now.',
  },
  async ({ on: onHosts, hosts, options, positionals, signal }) => {
    const tagText = options.tag ?? positionals[0]
    const tag = tagText === undefined ? undefined : tagNamed(tagText)
    const reason = forcedBy(options)
    const canary = canaryPlan(options)
    await onHosts(hosts(), async (on) => {
      await on.run(notFrozen(on.vars.name, { reason, check: on.check, tell: on.say }))
      await release(on, {
        app: on.vars,
        title: tag ?? 'what is live',
        target: (host) => (tag === undefined ? liveTarget(host, on.vars) : resolveTag(host, on.vars, tag)),
        kind: 'release',
        canary,
        signal,
        retryBad: options['retry-bad'],
        reason,
      })
    })
  },
)

const rollback = playbook(
  'Roll back',
  {
    settings,
    positionals: 'TAG',
    options: { force: forceOption, 'retry-bad': retryBadOption },
    help: 'Goes back to a tag or, without one, to the last good release. The database is left as it is.',
  },
  async ({ on: onHosts, hosts, options, positionals, signal }) => {
    const tag = positionals[0] === undefined ? undefined : tagNamed(positionals[0])
    await onHosts(hosts(), async (on) => {
      await release(on, {
        app: on.vars,
        title: tag ?? 'to the last good release',
        target: (host) => rollbackTarget(host, on.vars, tag, { force: options.force, tell: on.say }),
        kind: 'rollback',
        signal,
        retryBad: options['retry-bad'],
      })
    })
  },
)

const finish = playbook(
  'Finish',
  {
    settings,
    help: 'Bakes, drains and records the release that a deploy or a rollback with --detach has switched to. It starts this by itself.',
    options: {
      kind: { type: 'string', placeholder: 'KIND', help: 'release or rollback' },
      tag: { type: 'string', placeholder: 'TAG', help: 'its tag' },
      digest: { type: 'string', placeholder: 'DIGEST', help: 'the digest of its image' },
      from: { type: 'string', placeholder: 'docker', help: 'its image came from a Docker' },
    },
  },
  async ({ on: onHosts, hosts, options, signal }) => {
    const { tag, digest, from } = options
    const kind = (['release', 'rollback'] as const).find((each) => each === options.kind)
    if (kind === undefined || tag === undefined || digest === undefined)
      throw new UsageError('finish wants --kind release or rollback, --tag and --digest', {
        hint: 'A deploy with --detach starts it. By hand: deploy the same tag again, which finishes it too.',
      })
    const unfinished = { kind, tag: tagNamed(tag), digest, ...(from === 'docker' && { from: 'docker' as const }) }
    await onHosts(hosts(), async (on) => {
      const target = (host: Host): Promise<ReleaseTarget> => unfinishedTarget(host, on.vars, unfinished)
      await release(on, { app: on.vars, title: `${tag} (the rest of it)`, target, kind, signal })
    })
  },
)

const status = playbook(
  'Status',
  { settings, help: 'The app on this host: release, slot, digest, health, since when, poller, disk.' },
  async (play) => printStatus(play, play.hosts(), ({ vars }) => [vars]),
)

const heal = playbook(
  'Heal',
  {
    settings,
    help: 'Starts a proxy, a database or a live slot that does not run, and writes a damaged route again. Cron does it by itself.',
  },
  async ({ on: onHosts, hosts }) => {
    await onHosts(hosts(), async ({ run, vars: app }) => {
      await run(
        keptRunning('traefik'),
        ...(app.backend ? [keptRunning(databaseContainer(app))] : []),
        ...(app.shared ? [onNetworkOf(app.shared.server, app.name)] : []),
        servedWhileUnlocked(app.name, { ...releaser(), why: 'heal' }),
      )
    })
  },
)

const backup = playbook(
  'Back up',
  {
    settings,
    help: 'Dumps the database of this app (pg_dump -Fc), and reads the dump back before it counts.',
    options: {
      folder: { type: 'string', placeholder: 'FOLDER', help: 'another folder than /opt/APP/backups, which is there' },
      keep: { type: 'string', placeholder: 'N', help: 'remove all but the newest N backups of the folder' },
      prove: { type: 'boolean', help: 'restore it into a container of its own, and compare the rows of each table' },
    },
  },
  async ({ on: onHosts, hosts, options: { folder, keep, prove } }) => {
    const count = keepOf(keep)
    await onHosts(hosts(), (on) =>
      backUp(on, { app: on.vars.name, shared: on.vars.shared, folder, keep: count, prove }),
    )
  },
)

const restore = playbook(
  'Restore',
  {
    settings,
    help: 'Puts a dump in the place of this app’s database: the name of a backup in /opt/APP/backups, or a path.',
    positionals: 'FILE',
    options: restoreOptions,
  },
  async ({ on: onHosts, hosts, options, positionals, check, signal }) => {
    const [file, ...rest] = positionals
    if (file === undefined || rest.length > 0) throw new UsageError('a restore needs one file')
    for (const { name: where, vars } of hosts())
      await confirmed({ app: vars.name, file, where, options, check, signal })
    await onHosts(hosts(), (on) => restoreOn(on, { app: on.vars.name, shared: on.vars.shared, file, ...options }))
  },
)

/** What a person, cron or the poller runs on a host. */
export const playbooks = { deploy, rollback, finish, status, heal, backup, restore }
