import { randomBytes } from 'node:crypto'
import { commandLine, CutoverError, type Host, type HostView, quote } from '../../runner/index.ts'
import { paths } from '../paths.ts'

/** Who holds the lock, as another person is told. */
export interface Owner {
  who: string
  /** The machine that the release is run from. */
  where: string
  /** What it is held for: 'release v1.2.0'. */
  why: string
}

/** Milliseconds between two heartbeats. After 60 s without one, somebody else may take the lock over. */
const heartbeat = 10_000

/**
 * Runs work while this host's release lock for an app is held. The lock is held by a command on the host for as long as
 * its standard input stays open, so it is also given back when this process or its connection ends.
 * @param work receives a function that throws a CutoverError if the lock was lost meanwhile: this machine slept, or its
 * connection stood still, and somebody else has taken the lock over
 * @throws CutoverError if somebody else holds it, with who, where, why and since when
 */
export async function withLock<T>(
  host: Host,
  app: string,
  owner: Owner,
  work: (assertLockHeld: () => void) => Promise<T>,
): Promise<T> {
  const holder = JSON.stringify({ ...owner, since: new Date().toISOString(), token: randomBytes(6).toString('hex') })
  const lock = await host.spawn(`exec sh /opt/cutover/lock.sh ${quote(`${paths.app(app)}/lock`)} ${quote(holder)}`)
  const answer = await lock.line()
  if (answer !== 'locked') {
    await lock.end().catch(() => undefined)
    throw lockedError(app, host.name, answer)
  }
  const heartbeats = setInterval(() => lock.write('\n'), heartbeat)
  let lost = false
  // A line means that the lock was taken over (`lost`), the end of the output that its command has ended.
  void lock.line().then(() => (lost = true))
  const assertLockHeld = (): void => {
    if (lost)
      throw new CutoverError(`the release lock of ${app} is not ours any more`, {
        hint:
          'No heartbeat reached the host for a minute, and somebody else may be releasing: ' +
          'nothing more is done here. See: status.',
      })
  }
  try {
    const result = await work(assertLockHeld)
    await lock.end()
    return result
  } catch (error) {
    // The error of the work is reported, not a second one from giving the lock back.
    await lock.end().catch(() => undefined)
    throw error
  } finally {
    clearInterval(heartbeats)
  }
}

/** Who releases an app on a host at this moment, for a person; null: nobody. */
export async function releasing(host: HostView, app: string): Promise<string | null> {
  const { stdout, exitCode } = await host.$({
    nothrow: true,
  })`${[`${paths.program}/locked.sh`, `${paths.app(app)}/lock`]} 2>/dev/null`
  return exitCode === 0 ? ownerText(stdout) : null
}

/** @param text the file of the lock's owner */
function ownerText(text: string): string {
  let owner: Partial<Owner & { since: string }> = {}
  try {
    owner = JSON.parse(text) as typeof owner
  } catch {
    // The other one holds the lock but has not written its name yet.
  }
  return (
    `${owner.who ?? 'somebody'} ` +
    `(${owner.why ?? 'unknown'}, from ${owner.where ?? 'unknown'}, since ${owner.since ?? 'now'})`
  )
}

function lockedError(app: string, host: string, answer: string | null): CutoverError {
  if (!answer?.startsWith('held '))
    return new CutoverError(`${app} can't be locked on ${host}`, {
      hint: `Run setup first: ${commandLine('setup')}`,
    })
  return new CutoverError(`${app} is being released on ${host} by ${ownerText(answer.slice('held '.length))}`, {
    hint: 'Wait until it has ended. If it was cut off, its lock is taken over a minute after its last heartbeat.',
  })
}
