import { type Change, type HostView, type Task, task, UnsafeError } from '../../../runner/index.ts'
import { patience, settled, withDeadMan } from './dead-man.ts'
import { isDockers, tellOfClosed } from './listening.ts'
import { plan, type Rules } from './plan.ts'
import { parseRules } from './rules.ts'
import { wayIn } from './way-in.ts'

/** The firewall's state from its files. `ufw status` would start a Python and several iptables, which takes longer. */
async function readState(host: HostView): Promise<Rules & { enabled: boolean }> {
  await settled(host)
  const { stdout } = await host.$({ nothrow: true })`grep -s '^ENABLED=' /etc/ufw/ufw.conf || :
    [ -e /proc/sys/net/ipv6 ] || exit 0
    [ -e /etc/default/ufw ] && grep '^IPV6=' /etc/default/ufw || echo IPV6=yes`
  const [v4, v6] = await Promise.all([host.read('/etc/ufw/user.rules'), host.read('/etc/ufw/user6.rules')])
  const yes = (key: string): boolean => new RegExp(`^${key}=["']?yes`, 'im').test(stdout)
  return { enabled: yes('ENABLED'), v4: parseRules(v4 ?? ''), v6: yes('IPV6') ? parseRules(v6 ?? '') : undefined }
}

export interface UfwOptions {
  /** The ports to open to everybody, as `443/tcp`. */
  allow: readonly string[]
  /**
   * How long the host waits for the proof that we still get in before it takes a change back, in seconds. Default 60.
   */
  seconds?: number
  /** Is called with what a person should know. */
  tell?: (note: string) => void
}

/** @throws UnsafeError if firewalld runs: two programs that make the rules of one host undo each other's */
async function refuseFirewalld(host: HostView): Promise<void> {
  const { exitCode } = await host.$({ nothrow: true })`systemctl is-active --quiet firewalld`
  if (exitCode === 0)
    throw new UnsafeError('firewalld makes the rules of this host, and ufw would get in its way', {
      hint:
        'Nothing was changed. Leave the firewall to firewalld: vars: { firewall: { enabled: false } }; ' +
        'open 80/tcp and 443/tcp there. Or end it: systemctl disable --now firewalld',
    })
}

/**
 * ufw denies all incoming connections but those to some ports. A new connection by the way that this run came gets in
 * too, whatever rules of others say. Rules of ours that are not wanted any more are deleted, those of others stay. The
 * host takes the whole change back unless a new connection proves within some seconds that it gets in.
 *
 * @example
 * ufw({ allow: ['80/tcp', '443/tcp'] })
 */
export function ufw({ allow, seconds = patience, tell }: UfwOptions): Task {
  return task<Change & { commands: string[][]; enable: boolean }>({
    name: 'firewall',
    check: async (host) => {
      const [{ enabled, ...rules }, way] = await Promise.all([readState(host), wayIn(host)])
      const { commands, words } = plan(rules, { allow, way })
      if (!enabled) {
        await refuseFirewalld(host)
        await tellOfClosed(host, {
          concerns: (listener) => !isDockers(listener),
          allow: [...allow, `${way.port}/tcp`],
          rules: [...rules.v4, ...(rules.v6 ?? [])],
          tell,
        })
      }
      if (commands.length === 0 && enabled) return null
      return { summary: [...words, ...(enabled ? [] : ['enable'])].join(', '), commands, enable: !enabled }
    },
    apply: (host, { commands, enable }) =>
      withDeadMan(host, seconds, async (run) => {
        for (const command of commands) await run('ufw', ...command)
        if (enable) await run('ufw', '--force', 'enable')
      }),
  })
}
