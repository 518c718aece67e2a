import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type Host, type HostView, message } from '../../../runner/index.ts'
import { template } from '../../templates.ts'

/** Beside ufw's own files: what is put back is renamed into place. */
export const deadMan = '/etc/ufw/cutover-dead-man'
const script = `${deadMan}/dead-man.sh`

/** So long (s) the host waits for a new login before it puts the old state back. */
export const patience = 60

/** What a change of the firewall runs its commands with: one that comes too late is not run. */
export type RunArmed = (...argv: readonly string[]) => Promise<void>

/**
 * Changes the firewall with a dead-man switch: the host itself puts the old state back, byte for byte, unless a new
 * connection comes in once the change is made. So a change that shuts us out lasts for a minute at most, even where this
 * machine dies in the midst of it.
 * @throws CutoverError where no new connection comes in, or the host can keep no such clock
 */
export async function withDeadMan(
  host: Host,
  seconds: number,
  change: (run: RunArmed) => Promise<void>,
): Promise<void> {
  const token = randomBytes(8).toString('hex')
  const call = (on: Host, verb: string, ...rest: readonly string[]) => on.$`${['sh', script, verb, token, ...rest]}`
  await arm(host, seconds, () => call(host, 'arm'))
  let proving = false
  try {
    await change(async (...argv) => void (await call(host, 'do', ...argv)))
    await call(host, 'left')
    proving = true
    await host.withNewConnection((fresh) => call(fresh, 'keep'))
  } catch (cause) {
    // The connection that we have mostly lives on: over it the old state is back at once.
    const back = await Promise.resolve(call(host, 'back')).then(
      () => 'is put back',
      () => `is put back by the host itself within ${seconds} s`,
    )
    throw new CutoverError(
      proving
        ? `with this change of the firewall no new connection gets in (${message(cause)}): what was before ${back}`
        : `the firewall could not be changed: what was before ${back}`,
      {
        cause,
        hint: proving
          ? 'Something else closes the port of SSH: see /etc/ufw/before.rules and `sudo iptables -S` there.'
          : undefined,
      },
    )
  }
}

async function arm(host: Host, seconds: number, start: () => PromiseLike<unknown>): Promise<void> {
  const { exitCode } = await host.$({ nothrow: true })`[ -d /run/systemd/system ]`
  if (exitCode !== 0)
    throw new CutoverError(
      'there is no systemd, which would put the firewall back if it shut us out: it is left as it is',
      { hint: 'Set firewall: { enabled: false } for this host, and look after its firewall yourself.' },
    )
  await host.$`mkdir -p -m 700 ${deadMan}`
  await host.write(script, readFileSync(template('host/dead-man.sh'), 'utf8'), { mode: '700' })
  await host.write(`${deadMan}/cutover-dead-man.service`, readFileSync(template('dead-man.service'), 'utf8'))
  await host.write(`${deadMan}/seconds`, `${seconds}\n`)
  await start()
}

/** Waits until no other change of the firewall waits for its proof: what is read before is not what will be. @throws CutoverError */
export async function settled(host: HostView): Promise<void> {
  for (let left = patience + 60; ; left--) {
    const { exitCode } = await host.$({ nothrow: true })`[ -e ${deadMan}/armed ]`
    if (exitCode !== 0) return
    if (left === 0)
      throw new CutoverError('another change of the firewall still waits for its proof', {
        hint: `If nothing else runs on it: sudo sh ${script} back "$(sudo cat ${deadMan}/armed/token)"`,
      })
    await sleep(1_000)
  }
}
