import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import type { Rule } from '../../../../tasks/system/ufw/rules.ts'
import { parseRule, rulesOfVersion, type UfwRule } from '../../../../tasks/system/ufw/wanted-rule.ts'
import { dockerBehindUfw, dockerBlock as blockFor, withBlock } from '../../../../tasks/system/ufw/docker.ts'

const rules = (version: 4 | 6, ...wanted: readonly (string | UfwRule)[]): Rule[] =>
  rulesOfVersion(wanted.map(parseRule), version, () => '')

const networks =
  '[ -S /run/docker.sock ] && curl -sf --max-time 10 --unix-socket /run/docker.sock http://docker/networks'
const dockerBlock = (wanted: readonly Rule[], chains: 'ufw' | 'ufw6' = 'ufw', ...more: string[]): string =>
  blockFor(wanted, ['docker0', 'br-+', ...more], chains)

it('the block lets published ports in that are open, and what containers send', () => {
  expect(dockerBlock(rules(6, '80/tcp', '6000:6010/udp'), 'ufw6')).toMatchInlineSnapshot(`
    "# BEGIN CUTOVER
    *filter
    :ufw6-user-forward - [0:0]
    :DOCKER-USER - [0:0]
    -A DOCKER-USER -j ufw6-user-forward
    -A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
    -A DOCKER-USER -i docker0 -j RETURN
    -A DOCKER-USER -i br-+ -j RETURN
    -A DOCKER-USER -p tcp -m conntrack --ctorigdstport 80 -j RETURN
    -A DOCKER-USER -p udp -m conntrack --ctorigdstport 6000:6010 -j RETURN
    -A DOCKER-USER -o docker0 -j DROP
    -A DOCKER-USER -o br-+ -j DROP
    COMMIT
    # END CUTOVER"
  `)
  expect(dockerBlock([])).toContain('-A DOCKER-USER -j ufw-user-forward\n')
})

it('a bridge that somebody has named is behind ufw as the others are', () => {
  const lines = dockerBlock(rules(4, { action: 'deny', port: '80/tcp' }), 'ufw', 'web0').split('\n')
  expect(lines.filter((line) => line.includes('web0'))).toEqual([
    '-A DOCKER-USER -i web0 -j RETURN',
    '-A DOCKER-USER -o web0 -p tcp -m conntrack --ctorigdstport 80 -j DROP',
    '-A DOCKER-USER -o web0 -j DROP',
  ])
})

describe('a rule decides for published ports too', () => {
  const bridges = (line: string): string[] => ['docker0', 'br-+'].map((bridge) => `-A DOCKER-USER -o ${bridge}${line}`)
  const port = ' -m conntrack --ctorigdstport'
  it.each<[string, UfwRule, string[]]>([
    [
      'from a network',
      { port: '5432/tcp', from: '10.0.0.0/8' },
      [`-A DOCKER-USER -s 10.0.0.0/8 -p tcp${port} 5432 -j RETURN`],
    ],
    [
      'on an interface, over each protocol',
      { port: 53, interface: 'wg+' },
      [`-A DOCKER-USER -i wg+ -p tcp${port} 53 -j RETURN`, `-A DOCKER-USER -i wg+ -p udp${port} 53 -j RETURN`],
    ],
    ['for each port', { from: '192.0.2.7' }, ['-A DOCKER-USER -s 192.0.2.7 -j RETURN']],
    [
      'for some ports',
      { port: '80,90:99/tcp' },
      [`-A DOCKER-USER -p tcp${port} 80 -j RETURN`, `-A DOCKER-USER -p tcp${port} 90:99 -j RETURN`],
    ],
    [
      'that denies, but not what goes elsewhere',
      { action: 'deny', from: '203.0.113.0/24' },
      bridges(' -s 203.0.113.0/24 -j DROP'),
    ],
    ['that rejects', { action: 'reject', port: '80/tcp' }, bridges(` -p tcp${port} 80 -j REJECT`)],
  ])('%s', (_, rule, lines) => {
    expect(dockerBlock(rules(4, rule)).split('\n').slice(8, -4)).toEqual(lines)
  })

  it('that limits', () => {
    const match = `-A DOCKER-USER -o docker0 -p tcp${port} 80`
    expect(
      dockerBlock(rules(4, { action: 'limit', port: '80/tcp' }))
        .split('\n')
        .slice(8, 11),
    ).toEqual([
      `${match} -m recent --name cutover --set`,
      `${match} -m recent --name cutover --update --seconds 30 --hitcount 6 -j DROP`,
      `${match} -j RETURN`,
    ])
  })

  it('in its own IP version only', () => {
    expect(dockerBlock(rules(6, { port: 53, from: '10.0.0.0/8' }))).toBe(dockerBlock([]))
  })
})

it.each([
  ['at the end', '# rules\nCOMMIT\n', '# rules\nCOMMIT\n\nBLOCK\n'],
  ['in an empty file', '', '\n\nBLOCK\n'],
  ['in place of an older one', '# rules\n\n# BEGIN CUTOVER\nold\n# END CUTOVER\n', '# rules\n\nBLOCK\n'],
  ['after what stood behind an older one', '# BEGIN CUTOVER\nold\n# END CUTOVER\n# more\n', '\n# more\n\nBLOCK\n'],
  ['beside a beginning without an end', '# BEGIN CUTOVER\nx\n', '# BEGIN CUTOVER\nx\n\nBLOCK\n'],
  ['beside an end before a beginning', '# END CUTOVER\n# BEGIN CUTOVER\n', '# END CUTOVER\n# BEGIN CUTOVER\n\nBLOCK\n'],
])('a block is put %s', (_, text, expected) => {
  expect(withBlock(text, 'BLOCK')).toBe(expected)
})

it('a block that is put again changes nothing', () => {
  const once = withBlock('# rules\nCOMMIT\n', dockerBlock(rules(4, '80/tcp')))
  expect(withBlock(once, dockerBlock(rules(4, '80/tcp')))).toBe(once)
})

describe('published ports', () => {
  const before = { '/etc/ufw/ufw.conf': '', '/etc/ufw/after.rules': 'four\n', '/etc/ufw/after6.rules': 'six\n' }
  const listening = 'tcp LISTEN 0 9 0.0.0.0:8443 0.0.0.0:* users:(("docker-proxy",pid=6,fd=4))\n'
  const other = 'tcp LISTEN 0 9 0.0.0.0:25 0.0.0.0:* users:(("master",pid=6,fd=4))\n'
  const armed = '[ -e /etc/ufw/cutover-dead-man/armed ]'
  const hostWith = (files: Record<string, string>): ScriptedHost =>
    new ScriptedHost(
      (command) => (command === armed ? { code: 1 } : command === 'ss -Hlntup' ? listening + other : ''),
      { files },
    )
  const after4 = withBlock('four\n', dockerBlock(rules(4, '443/tcp')))
  const after6 = withBlock('six\n', dockerBlock(rules(6, '443/tcp'), 'ufw6'))

  it('are put behind ufw, and those that are closed are told', async () => {
    const notes: string[] = []
    const host = hostWith(before)
    const task = dockerBehindUfw({ owner: 'cutover', allow: ['443/tcp', '80/tcp'], tell: (note) => notes.push(note) })
    expect(await task.check(host.host)).toMatchObject({
      summary: 'only 443/tcp, 80/tcp reach containers from outside',
      before: 'four\n\nsix\n',
      after: [
        withBlock('four\n', dockerBlock(rules(4, '443/tcp', '80/tcp'))),
        withBlock('six\n', dockerBlock(rules(6, '443/tcp', '80/tcp'), 'ufw6')),
      ].join('\n'),
    })
    expect(notes).toEqual([
      'the firewall closes what others listen on here: 8443/tcp (docker-proxy); to let them in: vars: { firewall: { allow: [8443/tcp] } }',
    ])
    expect(host.commands).toEqual([armed, networks, 'ss -Hlntup'])
    expect(task.name).toBe('firewall: published ports')
  })

  it('that are behind ufw already need nothing', async () => {
    const host = hostWith({ '/etc/ufw/after.rules': after4, '/etc/ufw/after6.rules': after6 })
    expect(await dockerBehindUfw({ owner: 'cutover', allow: ['443/tcp'] }).check(host.host)).toBeNull()
  })

  it('of a bridge that somebody has named are behind it too, also while Docker does not answer', async () => {
    const host = hostWith({ '/etc/ufw/after.rules': after4, '/etc/ufw/after6.rules': after6 })
    const said = JSON.stringify([{ Options: { 'com.docker.network.bridge.name': 'web0' } }])
    const task = dockerBehindUfw({ owner: 'cutover', allow: ['443/tcp'] })
    const answering = (docker: string, files: Record<string, string>): ScriptedHost =>
      new ScriptedHost((command) => (command === networks ? docker : command === armed ? { code: 1 } : ''), { files })
    const change = await task.check(answering(said, { '/etc/ufw/after.rules': after4 }).host)
    expect(change?.after).toContain('-A DOCKER-USER -o web0 -j DROP')
    const files = {
      '/etc/ufw/after.rules': withBlock('four\n', dockerBlock(rules(4, '443/tcp'), 'ufw', 'web0')),
      '/etc/ufw/after6.rules': withBlock('six\n', dockerBlock(rules(6, '443/tcp'), 'ufw6', 'web0')),
    }
    expect(await task.check(answering('', files).host)).toBeNull()
    expect((await task.check(answering('[]', files).host))?.after).not.toContain('web0')
    expect(await task.check(host.host)).toBeNull()
  })

  it('that were behind ufw before are not told again, and only what differs is written', async () => {
    const notes: string[] = []
    const host = hostWith({ ...before, '/etc/ufw/after.rules': after4 })
    const task = dockerBehindUfw({ owner: 'cutover', allow: ['443/tcp'], tell: (note) => notes.push(note) })
    const change = await task.check(host.host)
    expect(change).toMatchObject({ before: 'six\n', after: after6 })
    expect(notes).toEqual([])
    await task.apply(host.host, change ?? { summary: '' })
    expect(
      host.commands.slice(2).map((command) => command.replace(/^sh \S+dead-man\.sh (\w+) [0-9a-f]{16}/, '$1')),
    ).toEqual([
      '[ -d /run/systemd/system ]',
      'mkdir -p -m 700 /etc/ufw/cutover-dead-man',
      'write /etc/ufw/cutover-dead-man/dead-man.sh 700 root:root',
      'write /etc/ufw/cutover-dead-man/cutover-dead-man.service 644 root:root',
      'write /etc/ufw/cutover-dead-man/seconds 644 root:root',
      'arm',
      'write /etc/ufw/cutover-dead-man/next 640 root:root',
      'do mv -f -- /etc/ufw/cutover-dead-man/next /etc/ufw/after6.rules',
      'do ufw reload',
      'left',
      'keep',
    ])
    expect(host.files.get('/etc/ufw/cutover-dead-man/next')?.content).toBe(after6)
  })
})
