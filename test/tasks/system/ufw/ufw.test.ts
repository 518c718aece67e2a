import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { markOf } from '../../../../tasks/system/ufw/mark.ts'
import { ufw } from '../../../../tasks/system/ufw/ufw.ts'
import { real, tuple } from './samples.ts'

const mark = markOf('cutover')

interface State {
  /** What the files of ufw say. */
  state?: string
  v4?: string
  v6?: string
  firewalld?: boolean
}
const way =
  'way 10.213.1.1 10.213.1.11 22\nroute 10.213.1.1 dev eth0 src 10.213.1.11\naddress 9: eth0 inet 10.213.1.11/24\n'
const listening = `tcp LISTEN 0 9 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=4))
tcp LISTEN 0 9 0.0.0.0:25 0.0.0.0:* users:(("master",pid=6,fd=4))
tcp LISTEN 0 9 0.0.0.0:8443 0.0.0.0:* users:(("docker-proxy",pid=6,fd=4))
`
const hostWith = ({ state = 'ENABLED=no\n', v4 = '', v6, firewalld = false }: State): ScriptedHost =>
  new ScriptedHost(
    (command) => {
      if (command === '[ -e /etc/ufw/cutover-dead-man/armed ]') return { code: 1 }
      if (command.startsWith('cd /etc\n')) return state
      if (command.startsWith('pid=$$ all=')) return way
      if (command === 'systemctl is-active --quiet firewalld') return { code: firewalld ? 0 : 3 }
      return command === 'ss -Hlntup' ? listening : ''
    },
    {
      files: {
        '/etc/ufw/ufw.conf': '',
        '/etc/ufw/user.rules': v4,
        ...(v6 !== undefined && { '/etc/ufw/user6.rules': v6 }),
      },
    },
  )
const ours4 = tuple(`allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in comment=${Buffer.from(mark).toString('hex')}`)
const ours6 = tuple(`allow tcp 22 ::/0 any ::/0 in comment=${Buffer.from(mark).toString('hex')}`)

describe('the firewall', () => {
  it.each<[string, State, string | null]>([
    ['is off', {}, 'allow 443/tcp, allow 22/tcp, enable'],
    ['is off, and lets us in', { v4: tuple(real['allow 22/tcp']) }, 'allow 443/tcp, enable'],
    ['is on', { state: 'ENABLED=yes\n', v4: ours4 }, 'allow 443/tcp'],
    ['is on by a quoted word', { state: 'ENABLED="YES"\n', v4: ours4 }, 'allow 443/tcp'],
    ['is on for IPv6 too', { state: "ENABLED=yes\nIPV6='yes'\n", v4: ours4, v6: ours6 }, 'allow 443/tcp'],
    [
      'is on for IPv6, which has no rules yet',
      { state: 'ENABLED=yes\nIPV6=yes\n', v4: ours4 },
      'allow 443/tcp, allow 22/tcp (IPv6)',
    ],
    ['is on for IPv4 only', { state: 'ENABLED=yes\nIPV6=no\n', v4: ours4, v6: '' }, 'allow 443/tcp'],
    [
      'is as wanted',
      { state: 'ENABLED=yes\n', v4: `${ours4}\n${tuple('allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in')}` },
      null,
    ],
    [
      'is on, and lets in what no rule names',
      { state: 'ENABLED=yes\nDEFAULT_INPUT_POLICY="ACCEPT"\n', v4: ours4 },
      'allow 443/tcp, deny what no rule lets in',
    ],
    [
      'has all rules, and lets in what no rule names',
      {
        state: 'ENABLED=yes\nDEFAULT_INPUT_POLICY=accept\n',
        v4: `${ours4}\n${tuple('allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in')}`,
      },
      'deny what no rule lets in',
    ],
    [
      'rejects what no rule names',
      {
        state: 'ENABLED=yes\nDEFAULT_INPUT_POLICY="REJECT"\n',
        v4: `${ours4}\n${tuple('allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in')}`,
      },
      null,
    ],
    ['has all rules and is off', { v4: `${ours4}\n${tuple('allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in')}` }, 'enable'],
  ])('%s', async (_, state, summary) => {
    expect((await ufw({ owner: 'cutover', allow: ['443/tcp'] }).check(hostWith(state).host))?.summary ?? null).toBe(
      summary,
    )
  })

  it('that is off closes what others listen on, which is told; what Docker opens is not its business', async () => {
    const notes: string[] = []
    const tell = (note: string) => notes.push(note)
    await ufw({ owner: 'cutover', allow: ['443/tcp'], tell }).check(hostWith({}).host)
    await ufw({ owner: 'cutover', allow: ['443/tcp'], tell }).check(hostWith({ state: 'ENABLED=yes\n' }).host)
    await ufw({ owner: 'cutover', allow: [], tell }).check(
      hostWith({ v4: tuple('allow tcp 25 0.0.0.0/0 any 10.0.0.1 in') }).host,
    )
    const v6 = tuple('allow tcp 25 ::/0 any fd00::1 in')
    await ufw({ owner: 'cutover', allow: [], tell }).check(hostWith({ state: 'IPV6=yes\n', v6 }).host)
    expect(notes).toEqual([
      'the firewall closes what others listen on here: 25/tcp (master); to let them in: vars: { firewall: { allow: [25/tcp] } }',
    ])
  })

  it('that lets in what no rule names closes what others listen on, which is told, and is in the diff', async () => {
    const notes: string[] = []
    const host = hostWith({ state: 'ENABLED=yes\nDEFAULT_INPUT_POLICY="ACCEPT"\n', v4: ours4, firewalld: true })
    const change = await ufw({ owner: 'cutover', allow: [], tell: (note) => notes.push(note) }).check(host.host)
    expect(notes).toEqual([expect.stringContaining('closes what others listen on here: 25/tcp (master)')])
    expect(change).toMatchObject({
      before: 'allow 22/tcp # managed by cutover\nallow what no rule names\n',
      after: 'allow 22/tcp # managed by cutover\n',
    })
  })

  it('is refused beside firewalld, unless it is on already', async () => {
    await expect(ufw({ owner: 'cutover', allow: [] }).check(hostWith({ firewalld: true }).host)).rejects.toMatchObject({
      name: 'UnsafeError',
      message: 'firewalld makes the rules of this host, and ufw would get in its way',
      hint: 'Nothing was changed. Leave the firewall to firewalld (for setup: vars: { firewall: { enabled: false } }), and open the ports there. Or end it: systemctl disable --now firewalld',
    })
    const on = hostWith({ firewalld: true, state: 'ENABLED=yes\n', v4: ours4 })
    expect(await ufw({ owner: 'cutover', allow: [] }).check(on.host)).toBeNull()
  })

  it('of an author has the name of its owner, refuses what is not valid at once, and shows all rules in its diff', async () => {
    const rules = [
      { action: 'limit', port: '22/tcp' },
      { port: '5432/tcp', from: '10.0.0.0/8' },
    ] as const
    const task = ufw({ owner: 'site', rules, tags: ['net'] })
    expect([task.name, task.tags]).toEqual(['firewall site', ['net']])
    expect(() => ufw({ owner: 'My site' })).toThrow('the owner of firewall rules cannot be called "My site"')
    expect(() => ufw({ owner: 'site', allow: ['70000/tcp'] })).toThrow('the port "70000/tcp" does not exist')
    expect(await task.check(hostWith({ v4: tuple(real['allow 80,443/tcp']) }).host)).toMatchObject({
      summary: 'limit 22/tcp, allow 5432/tcp from 10.0.0.0/8, enable',
      before: 'off\nallow 80,443/tcp\n',
      after: [
        'allow 80,443/tcp',
        'limit 22/tcp # managed by cutover for site',
        'allow 5432/tcp from 10.0.0.0/8 # managed by cutover for site\n',
      ].join('\n'),
      limited: true,
    })
  })

  it('that limits logins says what that means, when it changes something', async () => {
    const notes: string[] = []
    const task = ufw({ owner: 'site', rules: [{ action: 'limit', port: '22/tcp' }], tell: (note) => notes.push(note) })
    await task.check(hostWith({ state: 'ENABLED=yes\n' }).host)
    await task.check(hostWith({ state: 'ENABLED=yes\n', v4: tuple(real['limit 22/tcp']) }).host)
    expect(notes).toEqual([
      'port 22 is limited: from one address, the sixth login within 30 s is refused, and so is each one after it until there was none for 30 s. A run logs in once, and twice where it changes the firewall; a jump host gets one login for each host behind it. An `allow` from your address before the limit takes you out of it',
    ])
  })

  const commandsOf = async (state: State): Promise<string[]> => {
    const host = hostWith(state)
    const task = ufw({ owner: 'cutover', allow: ['443/tcp'], seconds: 9 })
    const change = await task.check(host.host)
    const checked = host.commands.length
    await task.apply(host.host, change ?? { summary: '' })
    expect(host.files.get('/etc/ufw/cutover-dead-man/seconds')?.content).toBe('9\n')
    return host.commands
      .slice(checked)
      .map((command) => command.replace(/^sh \S+dead-man\.sh (\w+) [0-9a-f]{16}/, '$1'))
      .filter((command) => /^(arm|do|left|keep|back)/.test(command))
  }
  const open = `do ufw allow proto tcp from 0.0.0.0/0 to any port 443 comment '${mark}'`

  it('is changed under the dead-man switch, and enabled where it is off', async () => {
    expect(await commandsOf({ v4: ours4 })).toEqual(['arm', open, 'do ufw --force enable', 'left', 'keep'])
    expect(await commandsOf({ state: 'ENABLED=yes\n', v4: ours4 })).toEqual(['arm', open, 'left', 'keep'])
    const accepts = 'DEFAULT_INPUT_POLICY="ACCEPT"\n'
    expect(await commandsOf({ state: `ENABLED=no\n${accepts}`, v4: ours4 })).toEqual([
      'arm',
      open,
      'do ufw default deny incoming',
      'do ufw --force enable',
      'left',
      'keep',
    ])
    expect(ufw({ owner: 'cutover', allow: [] }).name).toBe('firewall')
  })
})
