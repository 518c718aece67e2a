import { randomBytes } from 'node:crypto'
import { dockerConnection } from '../runner/connection/docker.ts'
import { Session } from '../runner/connection/session/session.ts'
import { Facts } from '../runner/host/fact.ts'
import { createHost, type Host } from '../runner/host/host.ts'
import { type DebianRelease, defaultRelease, hostImages } from './base-images.ts'
import { docker, engineEnv, ensureEngine } from './engine.ts'
import { ensureImage, type Image, tagOf } from './image.ts'

/** A host to try a task on: a Debian in a container, without a running systemd. It starts in a second. */
export interface ThrowAway {
  host: Host
  /** Another session on the same host, for work at the same time. */
  second: Host
  facts: Facts
  /** The lines that commands of `host` showed on the terminal. */
  liveLines: string[]
  close(): Promise<void>
}

export interface ThrowAwayOptions {
  /** Its release of Debian. Default: 13. */
  debian?: DebianRelease
  /** Options of `docker run`. By default the host has no network. */
  run?: readonly string[]
  /** What it is made from, if it is not the image of the lab's hosts. */
  image?: Image
  say?(line: string): void
}

/**
 * Starts a throw-away host.
 * @throws LabUnavailable where this machine cannot run it
 */
export async function throwAway(options: ThrowAwayOptions = {}): Promise<ThrowAway> {
  const { debian = defaultRelease, run = ['--network', 'none'], say = () => undefined } = options
  const { image = hostImages[debian] } = options
  await ensureEngine(say)
  await ensureImage(image, say)
  const name = `cutover-throw-away-${randomBytes(4).toString('hex')}`
  await docker([
    ...['run', '--detach', '--rm', '--init', '--name', name, ...run],
    ...['--entrypoint', 'sleep', tagOf(image), 'infinity'],
  ])
  // The docker program finds the lab's engine by this process's environment.
  Object.assign(process.env, engineEnv())
  const sessions = [
    new Session(name, dockerConnection(name), { method: 'none' }),
    new Session(name, dockerConnection(name), { method: 'none' }),
  ] as const
  await Promise.all(sessions.map((session) => session.open()))
  const facts = new Facts()
  const liveLines: string[] = []
  const over = (session: Session): Host =>
    createHost({
      name,
      login: { address: '127.0.0.1', port: 22, user: 'root' },
      session: () => session,
      facts,
      onLine: (line, live) => void (live && liveLines.push(line)),
      onProgress: ({ text }) => void liveLines.push(text),
    })
  return {
    host: over(sessions[0]),
    second: over(sessions[1]),
    facts,
    liveLines,
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()))
      await docker(['rm', '--force', name])
    },
  }
}
