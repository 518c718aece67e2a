import { type Change, type HostView, renderText, type Task, task } from '../../runner/index.ts'
import { ourMark } from '../docker/index.ts'
import { paths } from '../paths.ts'
import { cronTimes, rootFile, unit } from '../system/index.ts'
import { templatePath } from '../templates.ts'
import { parseFreeze } from './freeze.ts'
import type { PollerSettings } from './poller-settings.ts'
import type { App, BackupSettings } from './settings.ts'
import { spread } from './spread.ts'

// cron ignores files in cron.d whose name contains a dot, so there is no extension.
const cronFile = (app: string): string => `/etc/cron.d/cutover-${app}`
const logOf = (app: string, what: string): string => `${paths.log}/${app}-${what}.log`
const jobs = ['poll', 'heal'] as const
const timerName = (job: (typeof jobs)[number], app: string): string => `cutover-${job}-${app}.timer`
const unitPath = (name: string): string => `/etc/systemd/system/${name}`
/** What the timers of all apps start. */
const services = jobs.map((job) => unitPath(`cutover-${job}@.service`))

/** What a host's poller needs to know beside the app. */
export interface PollerOptions {
  /** The host's name: each host asks the registry at another moment of the interval. */
  host: string
  settings: PollerSettings
  /** The app's own freezes; undefined: those of the host. */
  freeze?: readonly string[]
  backup?: BackupSettings
}

/**
 * Every few minutes the host looks whether the tag that an app follows has moved, and releases it if so; each minute it looks
 * whether what is to serve does. Once a day cron backs the app's database up, if that is wanted.
 */
export function poller({ name, image, follow, poll }: App, { host, settings, freeze, backup }: PollerOptions): Task[] {
  const { by, time_zone: zone } = settings
  const windows = (freeze ?? settings.freeze).flatMap((text) =>
    parseFreeze(text).map(({ from, to }) => `freeze ${from} ${to} ${text}\n`),
  )
  const zoneLine = windows.length > 0 && zone !== undefined ? `zone ${zone}\n` : ''
  const offset = spread(`${host} ${name}`, poll * 60)
  const when = { app: name, every: poll, minute: Math.floor(offset / 60), second: offset % 60 }
  return [
    rootFile(`${paths.app(name)}/follow`, `${image}\n${follow}\n${zoneLine}${windows.join('')}`),
    ...(by === 'cron'
      ? [cronJobs(name, when, backup), noTimers(name)]
      : [...timers(when), backup ? cronJobs(name, null, backup) : noCronJobs(name)]),
  ]
}

/** When an app is polled: each `every` minutes, at this minute and second of the interval. */
interface When {
  app: string
  every: number
  minute: number
  second: number
}

/**
 * What cron does for an app. It knows no seconds: the script waits for them.
 * @param poll null: timers of systemd do that
 */
function cronJobs(app: string, poll: When | null, backup: BackupSettings | undefined): Task {
  const daily = backup && {
    times: cronTimes(`backup of ${app}`, { at: backup.at }),
    options: [`--keep ${backup.keep}`, ...(backup.to === undefined ? [] : [`--folder ${backup.to}`])].join(' '),
    log: logOf(app, 'backup'),
  }
  return rootFile(
    cronFile(app),
    renderText(templatePath('cron.njk'), {
      app,
      ...(poll && { poll: { second: poll.second, minutes: minutesOf(poll), log: logOf(app, 'poller') } }),
      ...(daily && { backup: daily }),
    }),
  )
}

const minutesOf = ({ minute, every }: When): string => (minute === 0 ? `*/${every}` : `${minute}-59/${every}`)

/** The services are templates of units, which are the same for all apps: a change of them restarts nothing that runs. */
const timers = ({ app, every, minute, second }: When): Task[] =>
  jobs.flatMap((job) => [
    unit(`cutover-${job}@.service`, {
      content: renderText(templatePath('poller.service.njk'), { job, log: paths.log, scheduled: job === 'poll' }),
    }),
    unit(timerName(job, app), {
      content: renderText(templatePath('poller.timer.njk'), {
        job,
        app,
        calendar: job === 'heal' ? '*:*:00' : `*:${minute}/${every}:${second}`,
      }),
      running: true,
      enabled: true,
    }),
  ])

/** After a change to timers, the file of cron goes. */
export const noCronJobs = (app: string): Task =>
  withoutOurs(`no cron jobs of ${app}`, async (host) => {
    const { stdout } = await host.quiet({ nothrow: true })`grep -l ${ourMark} -- ${cronFile(app)} 2>/dev/null`
    return lines(stdout)
  })

/** After a change to cron, the timers go; with those of the last app, also the services that they start. */
export const noTimers = (app: string): Task =>
  withoutOurs(`no timers of ${app}`, async (host) => {
    const { stdout } = await host.quiet({
      nothrow: true,
    })`grep -l ${ourMark} -- /etc/systemd/system/cutover-* 2>/dev/null`
    const [ours, own] = [lines(stdout), jobs.map((job) => unitPath(timerName(job, app)))]
    const isLast = ours.every((path) => own.includes(path) || !path.endsWith('.timer'))
    return ours.filter((path) => own.includes(path) || (isLast && services.includes(path)))
  })

const lines = (text: string): string[] => text.split('\n').filter(Boolean)

/** Files of ours are gone, and systemd stops the timers among them. What is there without our mark stays. */
function withoutOurs(name: string, look: (host: HostView) => Promise<readonly string[]>): Task {
  return task<Change & { found: readonly string[] }>({
    name,
    check: async (host) => {
      const found = await look(host)
      return found.length === 0
        ? null
        : { summary: `remove ${found.join(' ')}`, before: `${found.join('\n')}\n`, after: '', found }
    },
    apply: async (host, { found }) => {
      const units = found.filter((path) => path.startsWith(unitPath(''))).map((path) => path.slice(unitPath('').length))
      const timers = units.filter((unit) => unit.endsWith('.timer'))
      if (timers.length > 0) await host.$`systemctl disable --now -- ${timers}`
      await host.$`rm -f -- ${found}`
      if (units.length > 0) await host.$`systemctl daemon-reload`
    },
  })
}
