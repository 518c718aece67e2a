import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Change,
  CommandError,
  CutoverError,
  type Host,
  type HostView,
  type Task,
  task,
  UnreachableError,
  UnsafeError,
} from '../../runner/index.ts'

export interface RebootOptions {
  /** How long the host may take until it runs again and can be logged in to, in ms. Default: 10 minutes. */
  within?: number
  /** What users who are logged in on the host are told. */
  reason?: string
  /** `required`: only if a package asks for it (/var/run/reboot-required). Default: in any case. */
  onlyIf?: 'required'
  /** Handlers, which run after the reboot. */
  notify?: readonly Task[]
}

/** Debian's note that a package asks for a reboot; the names of the packages are beside it. */
const required = '/var/run/reboot-required'

/** With systemd, users get a message. A host without it may still have a command of this name. */
const rebootScript = 'if [ -d /run/systemd/system ]; then systemctl reboot ${1:+"--message=$1"}; else reboot; fi'

/** How long the command that reboots may take, in ms. The network may be gone before its end is reported. */
const patience = 15_000

/**
 * Reboots a host, and waits until it can be logged in to again. It is something to do and not a state, so it is done in
 * each run, unless `onlyIf` says when.
 * @example
 * reboot({ onlyIf: 'required', within: 15 * 60_000 })
 */
export function reboot({ within = 600_000, reason, onlyIf, notify }: RebootOptions = {}): Task {
  /** The boots that were to end, by host, while it is not known that they did. */
  const ending = new Map<string, string>()
  return task<Change & { boot: string }>({
    name: 'reboot',
    action: onlyIf === 'required' ? 'until-done' : 'always',
    notify,
    check: async (host) => {
      if (host.connection === 'local')
        throw new UnsafeError('this machine runs the playbook, which a reboot would end', {
          hint: 'Reboot it by hand, or run the playbook on another machine.',
        })
      const boot = await bootOf(host)
      const before = ending.get(host.name)
      if (before !== undefined && before !== boot) {
        ending.delete(host.name)
        return null
      }
      if (onlyIf === 'required' && (await host.read(required)) === null) return null
      return { summary: onlyIf === 'required' ? `reboot${await askedForBy(host)}` : 'reboot', boot }
    },
    apply: async (host, { boot }) => {
      ending.set(host.name, boot)
      const since = performance.now()
      await start(host, reason)
      await untilRebooted(host, boot, () => within - (performance.now() - since))
      ending.delete(host.name)
    },
  })
}

/**
 * What tells one boot of a host from another: the kernel's id, which a container shares with its machine, and when the
 * first process started, which a container does not share.
 */
async function bootOf(host: HostView): Promise<string> {
  const { stdout } = await host.quiet`cat /proc/sys/kernel/random/boot_id; cat /proc/1/stat 2>/dev/null || :`
  const [id = '', stat = ''] = stdout.split('\n')
  // The name of the process, in parentheses, may have spaces in it. Its start time is the 20th field after it.
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return `${id} ${startTime}`.trim()
}

async function askedForBy(host: HostView): Promise<string> {
  const packages = (await host.read(`${required}.pkgs`))?.split('\n').filter(Boolean) ?? []
  return packages.length > 0 ? `, for ${[...new Set(packages)].join(', ')}` : ''
}

/** Makes the host begin to reboot. @throws CommandError if it refuses */
async function start(host: Host, reason = ''): Promise<void> {
  const started = host.$`${['sh', '-c', rebootScript, 'sh', reason]}`.then(
    () => undefined,
    (error: unknown) => {
      if (!isCutOff(error)) throw error
    },
  )
  await Promise.race([started, sleep(patience, undefined, { ref: false })])
  // Where it still runs, it ends with the connection.
  started.catch(() => undefined)
}

/** Whether a command has failed because the host shuts down: its connection is lost, or a signal ended it. */
function isCutOff(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof CommandError && error.exitCode > 128)
}

/**
 * Logs in again until the host is another boot than before: one that shuts down still lets in.
 * @throws UnreachableError | CutoverError if the time is over
 */
async function untilRebooted(host: Host, before: string, remaining: () => number): Promise<void> {
  for (;;) {
    await host.reconnect({ within: Math.max(0, remaining()) })
    try {
      if ((await bootOf(host)) !== before) return
      // The host waits, so that an interruption ends the wait.
      await host.quiet`sleep 1`
    } catch (error) {
      if (!isCutOff(error)) throw error
    }
    if (remaining() <= 0)
      throw new CutoverError('the host runs on: it has not rebooted', {
        hint: 'See what holds it up: systemctl list-jobs; journalctl -b -e',
      })
  }
}
