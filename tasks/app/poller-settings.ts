import type { z as Z } from 'zod'
import { CutoverError, z } from '../../runner/index.ts'
import { isTimeZone, parseFreeze } from './freeze.ts'

const freeze = z.string().superRefine((text, context) => {
  try {
    parseFreeze(text)
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error
    context.addIssue({ code: 'custom', message: `${error.message}. ${error.hint}` })
  }
})

/** Times in which nothing is released, but by force. */
export const freezes = z.array(freeze)

/** How a host looks for new releases. How often is a key of each app. */
export const pollerSettings = z.strictObject({
  /** What starts the poller and the healer. */
  by: z.enum(['cron', 'timer']).default('cron'),
  /** Of all apps of the host that have no list of their own. */
  freeze: freezes.default([]),
  /** Of the times of all freezes. Default: the host's own. */
  time_zone: z.string().refine(isTimeZone, 'a time zone is a name like Europe/Berlin or UTC').optional(),
})
export type PollerSettings = Z.output<typeof pollerSettings>
