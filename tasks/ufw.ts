import { type Change, type HostView, type Task, task } from '../runner/index.ts'

/** The ports that ufw's own rule file opens to everybody: `### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in`. */
export function parseRules(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const match = /^### tuple ### (?:allow|limit) (tcp|udp|any) ([\d:,]+) 0\.0\.0\.0\/0 any 0\.0\.0\.0\/0 in/.exec(line)
    return match ? match[2]!.split(',').map((port) => `${port}/${match[1]}`) : []
  })
}

/** The firewall's state from its files: asking `ufw status` costs a Python and several iptables. */
async function look(host: HostView): Promise<{ enabled: boolean; open: string[] }> {
  const { stdout } = await host.$({ nothrow: true })`grep -s '^ENABLED=' /etc/ufw/ufw.conf; cat /etc/ufw/user.rules 2>/dev/null`
  return { enabled: /^ENABLED=yes/m.test(stdout), open: parseRules(stdout) }
}

/**
 * ufw denies what comes in but for some ports. The port of the SSH connection in use is always among them, and opened
 * before ufw is enabled. Its server-side number counts: a forwarded port may differ from the one that we dialled.
 */
export function ufw({ allow }: { allow: readonly string[] }): Task {
  return task<Change & { open: string[]; enable: boolean }>({
    name: 'firewall',
    check: async (host) => {
      const [{ enabled, open }, ssh] = await Promise.all([look(host), sshPort(host)])
      const has = (rule: string): boolean => open.includes(rule) || open.includes(rule.replace(/tcp|udp/, 'any'))
      const missing = [...new Set([`${ssh}/tcp`, ...allow])].filter((rule) => !has(rule))
      if (missing.length === 0 && enabled) return null
      return { summary: [...missing.map((rule) => `allow ${rule}`), ...(enabled ? [] : ['enable'])].join(', '), open: missing, enable: !enabled }
    },
    apply: async (host, { open, enable }) => {
      for (const rule of open) await host.$`ufw allow ${rule}`
      if (enable) await host.$`ufw --force enable`
    },
  })
}

/** The port on which sshd took this very session; the dialled one where there is no session (a local connection). */
async function sshPort(host: HostView): Promise<number> {
  // sudo drops SSH_CONNECTION, so it is read from the process that sshd started.
  const { stdout } = await host.$({ nothrow: true })`pid=$$ all=
    while [ "$pid" -gt 1 ]; do
      all="$all /proc/$pid/environ"
      read -r line <"/proc/$pid/stat" || break
      set -- \${line##*) }
      pid=$2
    done
    grep -zhs '^SSH_CONNECTION=' $all | tr '\\0' '\\n' | sed 's/^SSH_CONNECTION=//'`
  return Number(stdout.trim().split('\n')[0]?.split(' ')[3] ?? '') || host.login.port
}

const afterRules = '/etc/ufw/after.rules'
const [begin, end] = ['# BEGIN CUTOVER', '# END CUTOVER']

/** It is there while the block is written and not yet loaded: a run that is cut off between the two leaves it to the next. */
const pending = '/etc/ufw/cutover-pending'

/**
 * The block of after.rules that puts Docker's published ports behind ufw: only `open` ones, and what containers send.
 * What is forwarded elsewhere (a VPN, virtual machines) is none of its business.
 */
export function dockerBlock(open: readonly string[]): string {
  const accept = open.map((rule) => {
    const [ports, protocol] = rule.split('/')
    return `-A DOCKER-USER -p ${protocol} -m conntrack --ctorigdstport ${ports} -j RETURN`
  })
  return [
    begin,
    '*filter',
    ':ufw-user-forward - [0:0]',
    ':DOCKER-USER - [0:0]',
    '-A DOCKER-USER -j ufw-user-forward',
    '-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    '-A DOCKER-USER -i docker0 -j RETURN',
    '-A DOCKER-USER -i br-+ -j RETURN',
    ...accept,
    '-A DOCKER-USER -o docker0 -j DROP',
    '-A DOCKER-USER -o br-+ -j DROP',
    'COMMIT',
    end,
  ].join('\n')
}

/** after.rules with the block in place of an older one, or at its end. */
export function withBlock(text: string, block: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  const rest = from >= 0 && to > from ? text.slice(0, from) + text.slice(to + end.length) : text
  return `${rest.trimEnd()}\n\n${block}\n`
}

/** Docker opens the ports it publishes before ufw is asked: this makes a published port that ufw does not allow closed. */
export function dockerBehindUfw({ allow }: { allow: readonly string[] }): Task {
  return task<Change & { content: string }>({
    name: 'firewall: published ports',
    check: async (host) => {
      const [before, unloaded] = [(await host.read(afterRules)) ?? '', await host.read(pending)]
      const after = withBlock(before, dockerBlock(allow))
      return after === before && unloaded === null ? null : { summary: `only ${allow.join(', ')} reach containers from outside`, before, after, content: after }
    },
    apply: async (host, { content }) => {
      await host.write(pending, '')
      await host.write(afterRules, content, { mode: '640' })
      await host.$`ufw reload`
      await host.$`rm -f ${pending}`
    },
  })
}
