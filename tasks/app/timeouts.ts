import type { z as Z } from 'zod'
import { z } from '../../runner/index.ts'

const day = 86_400
const seconds = (least: number, fallback: number): Z.ZodDefault<Z.ZodInt> =>
  z
    .int({ error: 'seconds as a whole number: 600 for ten minutes' })
    .min(least, { error: least === 0 ? 'seconds, or 0 for no limit' : `at least ${least} s` })
    .max(day, { error: 'at most a day (86400 s); the unit is seconds' })
    .default(fallback)

/**
 * How long the proxy waits, in seconds; 0, where it is allowed, means no limit. The first three are settings of the port, so
 * all apps of a host share the longest; the others are the app's own.
 */
export const timeouts = z
  .strictObject({
    /** For a client to send a whole request; an upload that takes longer is cut. It protects from clients that send very slowly. */
    read: seconds(0, 600),
    /** From the end of a request's headers until its answer is sent. */
    write: seconds(0, 0),
    /** How long a client's idle connection is kept. */
    idle: seconds(1, 180),
    /** For the app to accept a connection. */
    connect: seconds(1, 30),
    /** From the end of a request until the first line of the app's answer. */
    response: seconds(0, 0),
    /**
     * How long an idle connection to the app is kept. It must be shorter than the app's own keep-alive (uvicorn: 5 s): else the
     * app may close the connection just as a POST is sent, and the request is lost.
     */
    keep_alive: seconds(1, 3),
  })
  .refine(({ read, write }) => write === 0 || (read !== 0 && write >= read), {
    error: 'write also covers the time of an upload: at least `read`, or 0 for no limit',
    path: ['write'],
  })
export type Timeouts = Z.output<typeof timeouts>

/** The timeouts of a port that several apps share: each is the longest that an app wants. */
export function longest(all: readonly Timeouts[]): Pick<Timeouts, 'read' | 'write' | 'idle'> {
  const wanted = all.length > 0 ? all : [timeouts.parse({})]
  const longestOf = (key: 'read' | 'write' | 'idle'): number =>
    wanted.some((each) => each[key] === 0) ? 0 : Math.max(...wanted.map((each) => each[key]))
  const [read, write] = [longestOf('read'), longestOf('write')]
  // An app's `write` must not cut off an upload that the `read` of another app allows.
  return { read, write: write !== 0 && (read === 0 || write < read) ? 0 : write, idle: longestOf('idle') }
}
