import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type Host, type HostView, message, MissingError } from '../../../runner/index.ts'
import { templatePath } from '../../templates.ts'

/** The folder of the dead-man switch. It lies beside ufw's own files, so that a rename puts a file back. */
export const deadMan = '/etc/ufw/cutover-dead-man'
const script = `${deadMan}/dead-man.sh`

/** How long the host waits for a new login before it puts the old state back, in seconds. */
export const patience = 60

/** ufw's `limit` lets an address in again that has not tried for this long, in ms. */
const limitOver = 30_500

export interface DeadManOptions {
  seconds: number
  /** Whether a new login may be refused because there were some just before: it is then tried once more, a bit later. */
  limited?: boolean
}

/** How a change of the firewall runs its commands. Once the host has put the old state back, a command is not run. */
export type RunArmed = (...argv: readonly string[]) => Promise<void>

/**
 * Changes the firewall with a dead-man switch: the host itself puts the old state back, byte for byte, unless a new
 * connection comes in after the change. So a change that shuts us out lasts for `seconds` at most, even if this machine
 * dies while it is made.
 * @throws CutoverError where no new connection comes in, or the host has no systemd to run the switch
 */
export async function withDeadMan(
  host: Host,
  { seconds, limited = false }: DeadManOptions,
  change: (run: RunArmed) => Promise<void>,
): Promise<void> {
  const token = randomBytes(8).toString('hex')
  const call = (on: Host, verb: string, ...rest: readonly string[]) => on.$`${['sh', script, verb, token, ...rest]}`
  await install(host, seconds)
  await call(host, 'arm')
  let proving = false
  try {
    await change(async (...argv) => void (await call(host, 'do', ...argv)))
    await call(host, 'left')
    proving = true
    const prove = (): Promise<unknown> => host.withNewConnection((newHost) => call(newHost, 'keep'))
    await prove().catch(async (error: unknown) => {
      if (!limited || seconds < 1.5 * (limitOver / 1_000)) throw error
      await sleep(limitOver)
      await prove()
    })
  } catch (cause) {
    // The connection that we have usually still works: over it the old state is back at once.
    const restored = await Promise.resolve(call(host, 'back')).then(
      () => 'is put back',
      () => `is put back by the host itself within ${seconds} s`,
    )
    throw proving
      ? new CutoverError(
          `with this change of the firewall no new connection gets in (${message(cause)}): what was before ${restored}`,
          {
            cause,
            hint: limited
              ? 'The port of SSH is limited: wait until there was no login for 30 s, or let your address in before the limit.'
              : 'Something else closes the port of SSH: see /etc/ufw/before.rules and `sudo iptables -S` there.',
          },
        )
      : new CutoverError(`the firewall could not be changed: what was before ${restored}`, { cause })
  }
}

/** Writes the files of the switch. @throws CutoverError if the host has no systemd */
async function install(host: Host, seconds: number): Promise<void> {
  const [conf, systemd] = await Promise.all([
    host.stat('/etc/ufw/ufw.conf'),
    host.$({ nothrow: true })`[ -d /run/systemd/system ]`,
  ])
  if (conf === null)
    throw new MissingError('ufw is not installed', {
      hint: "A task before this one installs it: packages({ present: ['ufw'] }).",
    })
  if (systemd.exitCode !== 0)
    throw new CutoverError(
      'there is no systemd, which would put the firewall back if it shut us out: it is left as it is',
      { hint: 'Look after the firewall of this host yourself (for setup: firewall: { enabled: false }).' },
    )
  await host.$`mkdir -p -m 700 ${deadMan}`
  await Promise.all([
    host.write(script, readFileSync(templatePath('host/dead-man.sh'), 'utf8'), { mode: '700' }),
    host.write(`${deadMan}/cutover-dead-man.service`, readFileSync(templatePath('dead-man.service'), 'utf8')),
    host.write(`${deadMan}/seconds`, `${seconds}\n`),
  ])
}

/**
 * Waits until no other change of the firewall waits for its proof: until then, the rules may still be taken back.
 * @throws CutoverError after two minutes
 */
export async function settled(host: HostView): Promise<void> {
  for (let remaining = patience + 60; ; remaining--) {
    const { exitCode } = await host.$({ nothrow: true })`[ -e ${deadMan}/armed ]`
    if (exitCode !== 0) return
    if (remaining === 0)
      throw new CutoverError('another change of the firewall still waits for its proof', {
        hint: `If nothing else runs on it: sudo sh ${script} back "$(sudo cat ${deadMan}/armed/token)"`,
      })
    await sleep(1_000)
  }
}
