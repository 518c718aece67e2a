import { randomBytes } from 'node:crypto'
import { CutoverError, type Host, quote } from '../../runner/index.ts'
import { paths } from '../paths.ts'

export interface Owner {
  who: string
  where: string
  why: string
}

/** Milliseconds between two heartbeats; the host takes a lock over after 60 s without one. */
const heartbeat = 10_000

/**
 * Runs work while this host's release lock for an app is held. `held` throws if somebody has taken it over meanwhile:
 * this machine slept, or its link stood still. It is given back at the end, and also when this process
 * or its link is gone: the lock lives in a command whose input we hold open.
 * @throws CutoverError if somebody else holds it, with who, where, why and since when.
 */
export async function withLock<T>(
  host: Host,
  app: string,
  owner: Owner,
  work: (held: () => void) => Promise<T>,
): Promise<T> {
  const me = JSON.stringify({ ...owner, since: new Date().toISOString(), token: randomBytes(6).toString('hex') })
  const fed = await host.spawn(`exec sh /opt/cutover/lock.sh ${quote(`${paths.app(app)}/lock`)} ${quote(me)}`)
  const answer = await fed.line()
  if (answer !== 'locked') {
    await fed.end().catch(() => undefined)
    throw lockedError(app, host.name, answer)
  }
  const beat = setInterval(() => fed.write('\n'), heartbeat)
  let lost = false
  // It says `lost`, or says no more because it is gone: it is not ours in either case.
  void fed.line().then(() => (lost = true))
  const held = (): void => {
    if (lost)
      throw new CutoverError(`the release lock of ${app} is not ours any more`, {
        hint: 'No heartbeat reached the host for a minute, and somebody else may be releasing: nothing more is done here. See: status.',
      })
  }
  try {
    const result = await work(held)
    await fed.end()
    return result
  } catch (error) {
    // What went wrong first is what counts.
    await fed.end().catch(() => undefined)
    throw error
  } finally {
    clearInterval(beat)
  }
}

function lockedError(app: string, host: string, answer: string | null): CutoverError {
  if (!answer?.startsWith('held '))
    return new CutoverError(`${app} can't be locked on ${host}`, {
      hint: 'Run setup first: npx tsx playbooks/setup.ts',
    })
  let owner: Partial<Owner & { since: string }> = {}
  try {
    owner = JSON.parse(answer.slice('held '.length)) as typeof owner
  } catch {
    // A holder that is just writing its name: that it holds is all there is to say.
  }
  return new CutoverError(
    `${app} is being released on ${host} by ${owner.who ?? 'somebody'} (${owner.why ?? 'unknown'}, from ${owner.where ?? 'unknown'}, since ${owner.since ?? 'now'})`,
    {
      hint: 'Wait until it has ended. If it was cut off, its lock is taken over a minute after its last heartbeat.',
    },
  )
}
