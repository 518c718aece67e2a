import { type Change, type HostView, type Task, task, UnsafeError } from '../../../runner/index.ts'
import { patience, settled, withDeadMan } from './dead-man.ts'
import { setupsOwn, verifyOwner } from './mark.ts'
import { plan, type Rules } from './plan.ts'
import { parseRules } from './rules.ts'
import { letInBy, parseLists, type UfwLists, type WantedLists } from './wanted-list.ts'
import { wayIn } from './way-in.ts'

/**
 * The firewall's state from its files: `ufw status` would start a Python and several iptables, which takes longer.
 * `open`: what no rule names is let in.
 */
async function readState(host: HostView): Promise<Rules & { enabled: boolean; open: boolean }> {
  await settled(host)
  const { stdout } = await host.$({ nothrow: true })`cd /etc
    grep -hsE '^(ENABLED|DEFAULT_INPUT_POLICY)=' ufw/ufw.conf default/ufw || :
    [ -e /proc/sys/net/ipv6 ] || exit 0
    [ -e default/ufw ] && grep '^IPV6=' default/ufw || echo IPV6=yes`
  const [v4, v6] = await Promise.all([host.read('/etc/ufw/user.rules'), host.read('/etc/ufw/user6.rules')])
  const has = (key: string, value: string): boolean => new RegExp(`^${key}=["']?${value}`, 'im').test(stdout)
  return {
    enabled: has('ENABLED', 'yes'),
    open: has('DEFAULT_INPUT_POLICY', 'accept'),
    v4: parseRules(v4 ?? ''),
    v6: has('IPV6', 'yes') ? parseRules(v6 ?? '') : undefined,
  }
}

export interface UfwOptions extends UfwLists, Pick<Task, 'notify' | 'tags'> {
  /**
   * Whose rules these are, such as the name of the playbook. It stands in their comments, and rules of the same owner
   * that are not in the lists any more are deleted. `cutover` is setup.
   */
  owner: string
  /**
   * How long the host waits for the proof that we still get in before it takes a change back, in seconds. Default 60.
   */
  seconds?: number
  /** Is called with what a person should know. */
  tell?: (note: string) => void
}

/** The refusal of a host where firewalld runs: two programs that make the rules of one host undo each other's. */
export const firewalldInTheWay = (): UnsafeError =>
  new UnsafeError('firewalld makes the rules of this host, and ufw would get in its way', {
    hint:
      'Nothing was changed. Leave the firewall to firewalld (for setup: vars: { firewall: { enabled: false } }), and ' +
      'open the ports there. Or end it: systemctl disable --now firewalld',
  })

/** @throws UnsafeError if firewalld runs */
async function refuseFirewalld(host: HostView): Promise<void> {
  const { exitCode } = await host.$({ nothrow: true })`systemctl is-active --quiet firewalld`
  if (exitCode === 0) throw firewalldInTheWay()
}

interface UfwChange extends Change {
  /** Arguments of ufw. */
  commands: string[][]
  /** Whether what no rule names is let in until now, and denied from now on. */
  close: boolean
  enable: boolean
  /** Whether a new login may be refused because there were some just before. */
  limited: boolean
}

/** What ufw's limit means for those who log in, ourselves included. */
const limitNote = (port: number): string =>
  `port ${port} is limited: from one address, the sixth login within 30 s is refused, and so is each one after it until ` +
  'there was none for 30 s. A run logs in once, and twice where it changes the firewall; a jump host gets one login for ' +
  'each host behind it. An `allow` from your address before the limit takes you out of it'

/**
 * ufw lets in what these rules let in, and denies all other incoming connections. A new connection by the way that this
 * run came gets in too: rules that would keep it out are refused. Rules of the same `owner` that are not wanted any more
 * are deleted; those of others stay, in their order, unless they are `absent`. The host takes the whole change back
 * unless a new connection proves within some seconds that it gets in.
 * @example
 * ufw({
 *   owner: 'site',
 *   allow: ['80/tcp', '443/tcp'],
 *   rules: [
 *     { action: 'limit', port: '22/tcp' },
 *     { action: 'deny', from: '203.0.113.0/24', comment: 'scans us' },
 *     { port: '5432/tcp', from: '10.0.0.0/8', interface: 'eth1' },
 *   ],
 *   absent: ['8080/tcp'],
 * })
 * @throws CutoverError for a rule that is not valid or has no effect
 */
export function ufw({ owner, seconds = patience, tell, notify, tags, ...lists }: UfwOptions): Task {
  verifyOwner(owner)
  const wanted: WantedLists = parseLists(lists)
  return task<UfwChange>({
    name: `firewall${owner === setupsOwn ? '' : ` ${owner}`}`,
    notify,
    tags,
    check: async (host) => {
      const [{ enabled, open, ...rules }, way] = await Promise.all([readState(host), wayIn(host)])
      const { commands, words, before, after, limited } = plan(rules, { ...wanted, owner, way })
      if (!enabled) await refuseFirewalld(host)
      if (!enabled || open) {
        const { isDockers, tellOfClosed } = await import('./listening.ts')
        await tellOfClosed(host, {
          concerns: (listener) => !isDockers(listener),
          rules: [
            ...rules.v4,
            ...(rules.v6 ?? []),
            ...letInBy(wanted),
            ...letInBy(parseLists({ allow: [`${way.port}/tcp`] })),
          ],
          owner,
          tell,
        })
      }
      if (commands.length === 0 && enabled && !open) return null
      if (limited) tell?.(limitNote(way.port))
      return {
        summary: [...words, ...(open ? ['deny what no rule lets in'] : []), ...(enabled ? [] : ['enable'])].join(', '),
        before: [...(enabled ? [] : ['off\n']), ...before, ...(open ? ['allow what no rule names\n'] : [])].join(''),
        after: after.join(''),
        commands,
        close: open,
        enable: !enabled,
        limited,
      }
    },
    apply: (host, { commands, close, enable, limited }) =>
      withDeadMan(host, { seconds, limited }, async (run) => {
        for (const command of commands) await run('ufw', ...command)
        if (close) await run('ufw', 'default', 'deny', 'incoming')
        if (enable) await run('ufw', '--force', 'enable')
      }),
  })
}
