import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { dockerBehindUfw, dockerBlock, withBlock } from '../../../../tasks/system/ufw/docker.ts'

it('the block lets published ports in that are open, and what containers send', () => {
  expect(dockerBlock(['80/tcp', '6000:6010/udp'], 'ufw6')).toMatchInlineSnapshot(`
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
  const once = withBlock('# rules\nCOMMIT\n', dockerBlock(['80/tcp']))
  expect(withBlock(once, dockerBlock(['80/tcp']))).toBe(once)
})

describe('published ports', () => {
  const before = { '/etc/ufw/after.rules': 'four\n', '/etc/ufw/after6.rules': 'six\n' }
  const listening = 'tcp LISTEN 0 9 0.0.0.0:8443 0.0.0.0:* users:(("docker-proxy",pid=6,fd=4))\n'
  const other = 'tcp LISTEN 0 9 0.0.0.0:25 0.0.0.0:* users:(("master",pid=6,fd=4))\n'
  const armed = '[ -e /etc/ufw/cutover-dead-man/armed ]'
  const hostWith = (files: Record<string, string>): ScriptedHost =>
    new ScriptedHost(
      (command) => (command === armed ? { code: 1 } : command === 'ss -Hlntup' ? listening + other : ''),
      { files },
    )
  const after4 = withBlock('four\n', dockerBlock(['443/tcp']))
  const after6 = withBlock('six\n', dockerBlock(['443/tcp'], 'ufw6'))

  it('are put behind ufw, and those that are closed are told', async () => {
    const notes: string[] = []
    const host = hostWith(before)
    const task = dockerBehindUfw({ allow: ['443/tcp', '80/tcp'], tell: (note) => notes.push(note) })
    expect(await task.check(host.host)).toMatchObject({
      summary: 'only 443/tcp, 80/tcp reach containers from outside',
      before: 'four\n\nsix\n',
      after: [
        withBlock('four\n', dockerBlock(['443/tcp', '80/tcp'])),
        withBlock('six\n', dockerBlock(['443/tcp', '80/tcp'], 'ufw6')),
      ].join('\n'),
    })
    expect(notes).toEqual([
      'the firewall closes what others listen on here: 8443/tcp (docker-proxy); to let them in: vars: { firewall: { allow: [8443/tcp] } }',
    ])
    expect(host.commands).toEqual([armed, 'ss -Hlntup'])
    expect(task.name).toBe('firewall: published ports')
  })

  it('that are behind ufw already need nothing', async () => {
    const host = hostWith({ '/etc/ufw/after.rules': after4, '/etc/ufw/after6.rules': after6 })
    expect(await dockerBehindUfw({ allow: ['443/tcp'] }).check(host.host)).toBeNull()
  })

  it('that were behind ufw before are not told again, and only what differs is written', async () => {
    const notes: string[] = []
    const host = hostWith({ '/etc/ufw/after.rules': after4, '/etc/ufw/after6.rules': 'six\n' })
    const task = dockerBehindUfw({ allow: ['443/tcp'], tell: (note) => notes.push(note) })
    const change = await task.check(host.host)
    expect(change).toMatchObject({ before: 'six\n', after: after6 })
    expect(notes).toEqual([])
    await task.apply(host.host, change ?? { summary: '' })
    expect(
      host.commands.slice(1).map((command) => command.replace(/^sh \S+dead-man\.sh (\w+) [0-9a-f]{16}/, '$1')),
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
