import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { containerOf } from '../../lab/containers.ts'
import { docker, findEngine } from '../../lab/engine.ts'
import type { Connection } from '../../runner/connection/connection.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { sshConnection } from '../../runner/connection/ssh/ssh.ts'
import { explain } from '../../runner/errors.ts'
import { Facts } from '../../runner/host/fact.ts'
import { createHost, type Host } from '../../runner/host/host.ts'
import { sshTarget } from '../../runner/inventory/reach.ts'

const lab = inject('lab')
const inside = (script: string): Promise<string> =>
  docker(['exec', containerOf(lab!.name, 'web-1'), 'sh', '-c', script])
const ssh = (user: string): Promise<Connection> =>
  sshConnection(
    sshTarget(
      'web-1',
      { user, identity: 'id_ed25519', known_hosts: 'known_hosts', ssh_config: false },
      lab!.hosts[0]!.address,
      lab!.directory,
    ),
    { acceptNewHostKeys: false },
  )
const hostOver = (session: Session): Host =>
  createHost({ name: 'web-1', login: { address: '', port: 22, user: '' }, session: () => session, facts: new Facts() })
const right = 'sesame street'

/** What somebody finds behind sudo: who they are, what a second channel says; or why they are not let in. */
async function enters(user: string, password?: string): Promise<string> {
  const session = new Session('web-1', await ssh(user), {
    method: 'sudo',
    ...(password !== undefined && { password: () => password }),
  })
  try {
    const host = hostOver(session)
    const who = (await host.$`id -un`).stdout.trim()
    const fed = await host.spawn('read -r line; echo "$(id -un) got $line"')
    fed.write('one\n')
    const line = await fed.line()
    await fed.end()
    return `${who}, ${line}`
  } catch (error) {
    return explain(error).join('\n')
  } finally {
    await session.close()
  }
}

const sudoers = (text: string): Promise<string> =>
  inside(`printf '%s\\n' '${text}' >/etc/sudoers.d/zz-test; chmod 440 /etc/sudoers.d/zz-test`)

describe.skipIf(!lab).each([
  ['sudo', ''],
  [
    'sudo-rs',
    'command -v sudo-rs >/dev/null || { apt-get update && apt-get install -y sudo-rs; } >/dev/null 2>&1; mv /usr/bin/sudo /usr/bin/sudo.away && ln -s /usr/lib/cargo/bin/sudo /usr/bin/sudo',
  ],
])('%s', (program, install) => {
  beforeAll(async () => {
    await findEngine()
    if (install) await inside(install)
  })
  afterAll(() =>
    inside(`rm -f /etc/sudoers.d/zz-test; ${install && 'rm /usr/bin/sudo; mv /usr/bin/sudo.away /usr/bin/sudo'}`),
  )

  it('is given the password when it asks; without a password, none is read', async () => {
    expect(await inside('sudo --version 2>&1 | head -n 1')).toMatch(program === 'sudo' ? /^Sudo version/ : /sudo-rs/)
    expect(await enters('pat', right)).toBe('root, root got one')
    expect(await enters('deploy')).toBe('root, root got one')
    // It asks for none: what was at hand for it runs nowhere.
    expect(await enters('deploy', 'touch /tmp/ran')).toBe('root, root got one')
    expect(await inside('ls /tmp/ran 2>/dev/null || true')).toBe('')
  })

  it('is not kept waiting with a password that is wrong, missing or no use', async () => {
    expect(await enters('pat', 'wrong')).toMatch(/^web-1: sudo did not take the password in become_password/)
    expect(await enters('pat')).toMatch(/^web-1: sudo asks for a password\n[^]*Give it with become_password/)
    // sudo itself asks first whoever it will not let in.
    expect(await enters('guest', 'wrong')).toMatch(
      program === 'sudo' ? /sudo did not take the password/ : /this user may not use sudo/,
    )
  })

  it.each([
    ['use_pty', 'Defaults use_pty'],
    ['no pty', 'Defaults !use_pty'],
    ['a single try', 'Defaults passwd_tries=1'],
  ])('is understood with %s', async (_, text) => {
    await sudoers(text)
    expect(await enters('pat', right)).toBe('root, root got one')
    expect(await enters('pat', 'wrong')).toMatch(/^web-1: sudo did not take the password in become_password/)
  })

  // sudo-rs knows none of these.
  if (program === 'sudo') {
    it.each([
      ['a lecture', 'Defaults lecture=always'],
      ['a lecture of one’s own which ends like a prompt', 'Defaults lecture=always, lecture_file=/tmp/lecture'],
      ['a short time for the password', 'Defaults passwd_timeout=0.05'],
      ['a prompt of one’s own', 'Defaults passprompt="Say it: ", passprompt_override'],
      ['the password of root', 'Defaults:pat rootpw'],
      ['an insult for who is wrong', 'Defaults insults'],
      ['a log of what is typed and printed', 'Defaults log_input, log_output'],
    ])('is understood with %s', async (what, text) => {
      await inside("printf 'Be careful, and keep your password:' >/tmp/lecture; echo 'root:sesame street' | chpasswd")
      await sudoers(text)
      expect(await enters('pat', right)).toBe('root, root got one')
      if (!what.includes('insult'))
        expect(await enters('pat', 'wrong')).toMatch(/^web-1: sudo did not take the password in become_password/)
    })

    it('which wants a terminal: says how to do without', async () => {
      await sudoers('Defaults requiretty')
      expect(await enters('pat', right)).toMatch(/^web-1: sudo wants a terminal \(requiretty\)[^]*!requiretty/)
      expect(await enters('deploy')).toMatch(/^web-1: sudo wants a terminal \(requiretty\)[^]*!requiretty/)
      await sudoers('Defaults requiretty\nDefaults:pat !requiretty')
      expect(await enters('pat', right)).toBe('root, root got one')
    })
  }

  it('which wants the password changed first says so', async () => {
    await sudoers('')
    await inside('chage -d 0 pat')
    try {
      expect(await enters('pat', right)).toMatch(/^web-1: the password of this user has expired/)
    } finally {
      await inside('chage -d "$(date +%F)" pat')
    }
  })

  it('behind a login shell that shows what it runs', async () => {
    await sudoers('')
    await inside('cp /home/pat/.bashrc /tmp/pat-rc; { echo "set -x"; cat /tmp/pat-rc; } >/home/pat/.bashrc')
    try {
      expect(await enters('pat', right)).toBe('root, root got one')
    } finally {
      await inside('cp /tmp/pat-rc /home/pat/.bashrc')
    }
  })

  it('puts the password in no argument list, and ends what is aborted', async () => {
    const session = new Session('web-1', await ssh('pat'), { method: 'sudo', password: () => right })
    expect(
      (await hostOver(session).$({ nothrow: true })`cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '[s]esame'`)
        .stdout,
    ).toBe('0\n')
    const slow = `sleep 77${process.pid % 1000}`
    await expect(hostOver(session).$({ timeout: 500 })`${slow.split(' ')}`).rejects.toThrow('not done within')
    expect(await inside(`pgrep -fxc '${slow}' || true`)).toBe('0')
    await session.close()
  })
})
