import { type Change, type Task, task } from '../../runner/index.ts'
import { paths } from '../paths.ts'

/** While this file is there, the poller releases nothing: its line says since when, who wanted it, and why. */
export const pauseFile = (app: string): string => `${paths.app(app)}/poller.paused`

export interface Pause {
  /** Who pauses it: ada from laptop. */
  who: string
  /** One line of text. */
  reason: string
}

/** The poller of an app releases nothing until somebody resumes it, also after a reboot. Another reason takes the place of the first. */
export function pollerPaused(app: string, { who, reason }: Pause, now = new Date()): Task {
  return task<Change>({
    name: `pause the poller of ${app}`,
    check: async (host) => {
      const before = await host.read(pauseFile(app))
      if (before?.endsWith(`: ${reason}\n`)) return null
      return { summary: reason, before: before ?? '', after: line(who, reason, now) }
    },
    apply: (host) => host.write(pauseFile(app), line(who, reason, now)),
  })
}

const line = (who: string, reason: string, now: Date): string =>
  `since ${now.toISOString().slice(0, 19)}Z by ${who}: ${reason}\n`

/** The poller of an app goes on. */
export const pollerResumed = (app: string): Task =>
  task<Change>({
    name: `resume the poller of ${app}`,
    check: async (host) => {
      const before = await host.read(pauseFile(app))
      return before === null ? null : { summary: `it was paused ${before.trim()}`, before, after: '' }
    },
    apply: async (host) => {
      await host.$`rm -f -- ${pauseFile(app)}`
    },
  })
