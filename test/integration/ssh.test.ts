import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { containerOf } from '../../lab/containers.ts'
import { docker, engineEnv, findEngine } from '../../lab/engine.ts'
import { attempt, exec } from '../../lab/exec.ts'
import type { Credentials } from '../../runner/connection/target.ts'
import { explain, UnreachableError } from '../../runner/errors.ts'
import { parseInventory } from '../../runner/inventory/index.ts'
import type { OnHost } from '../../runner/play/on-host.ts'
import { Secret } from '../../runner/secret/secret.ts'
import { task } from '../../runner/task/task.ts'
import { type Ran, ranOn } from '../runner/ran.ts'

const lab = inject('lab')
const address = lab?.hosts[0]?.address ?? ''
const inside = (script: string): Promise<string> =>
  docker(['exec', containerOf(lab!.name, 'web-1'), 'sh', '-c', script])
const path = (name: string): string => join(lab!.directory, name)

/** Runs work on the first host of an inventory. */
async function ran(
  yaml: string,
  work: (on: OnHost<unknown>) => Promise<unknown>,
  credentials: Credentials & { become?: Secret } = {},
): Promise<Ran & { status: string | undefined }> {
  const inventory = parseInventory(yaml, path('x.yaml'), z.unknown())
  const result = await ranOn(inventory, inventory.hosts.slice(0, 1), {}, async (on) => void (await work(on)), {
    credentials: async () => credentials,
  })
  return { ...result, status: Object.values(result.hosts)[0] }
}

/** What a shell on the host says, by an inventory. */
async function says(yaml: string, credentials?: Credentials & { become?: Secret }, script = 'id -un'): Promise<string> {
  let said = ''
  const { said: failed } = await ran(
    yaml,
    async ({ view }) => (said = (await view.$`${['sh', '-c', script]}`).stdout.trim()),
    credentials,
  )
  return failed || said
}

/** The host, which is also known as its own localhost: one may go through it to itself. */
function knowItself(): void {
  const known = readFileSync(path('known_hosts'), 'utf8')
  writeFileSync(
    path('known_jump'),
    known +
      known
        .split('\n')
        .filter((line) => line.startsWith(address))
        .map((line) => line.replace(address, '127.0.0.1'))
        .join('\n'),
  )
}

const defaults = 'identity: id_ed25519, known_hosts: known_hosts, ssh_config: false'

describe.skipIf(!lab)('how one logs in', () => {
  beforeAll(async () => void (await findEngine()))

  it('as another user, or as oneself', async () => {
    expect(await says(`{ defaults: { user: deploy, ${defaults} }, hosts: { web-1: { address: ${address} } } }`)).toBe(
      'root',
    )
    expect(
      await says(
        `{ defaults: { user: deploy, become_user: guest, ${defaults} }, hosts: { web-1: { address: ${address} } } }`,
      ),
    ).toBe('guest')
    expect(
      await says(
        `{ defaults: { user: deploy, become: none, ${defaults} }, hosts: { web-1: { address: ${address} } } }`,
      ),
    ).toBe('deploy')
    expect(
      await says(
        `{ defaults: { user: deploy, become_user: nobody-at-all, ${defaults} }, hosts: { web-1: { address: ${address} } } }`,
      ),
    ).toMatch(/unknown user|nobody-at-all/)
  })

  it('with a password, where that is allowed', async () => {
    const yaml = `{ defaults: { user: pat, identity: [], become: none, known_hosts: known_hosts, ssh_config: false }, hosts: { web-1: { address: ${address} } } }`
    const agent = process.env.SSH_AUTH_SOCK
    delete process.env.SSH_AUTH_SOCK
    try {
      expect(await says(yaml, { password: new Secret('sesame street', 'x') })).toBe('pat')
      expect(await says(yaml, { password: new Secret('wrong', 'x') })).toContain('refused the login, the password too')
      // An agent that is named and not there.
      process.env.SSH_AUTH_SOCK = '/nowhere/agent'
      expect(await says(yaml, { password: new Secret('sesame street', 'x') })).toBe('pat')
      delete process.env.SSH_AUTH_SOCK
      expect(
        await says(yaml.replace('become: none', 'become: sudo'), {
          password: new Secret('sesame street', 'x'),
          become: new Secret('sesame street', 'x'),
        }),
      ).toBe('root')
    } finally {
      if (agent !== undefined) process.env.SSH_AUTH_SOCK = agent
    }
  })

  it('with an encrypted key', async () => {
    await exec(['cp', path('id_ed25519'), path('locked')])
    await exec(['ssh-keygen', '-q', '-p', '-P', '', '-N', 'open sesame', '-f', path('locked')])
    const yaml = `{ defaults: { user: deploy, become: none, identity: locked, known_hosts: known_hosts, ssh_config: false }, hosts: { web-1: { address: ${address} } } }`
    expect(await says(yaml, { passphrase: new Secret('open sesame', 'x') })).toBe('deploy')
    expect(await says(yaml, { passphrase: new Secret('wrong', 'x') })).toContain('the passphrase does not open')
    expect(await says(yaml)).toMatch(/is encrypted[^]*ssh-add[^]*identity_passphrase/)
  })

  it('with that key of an agent which the inventory names, where it has many', async () => {
    for (const name of ['one', 'two', 'three', 'four', 'five', 'six', 'seven'])
      await exec(['sh', '-c', `rm -f "$1"; ssh-keygen -q -t ed25519 -N '' -f "$1"`, 'sh', path(`other-${name}`)])
    await exec(['cp', path('id_ed25519.pub'), path('named.pub')])
    const script = `import { hostConfig } from ${JSON.stringify(join(import.meta.dirname, '../../runner/connection/ssh-config/ssh-config.ts'))}
      import { sshConnection } from ${JSON.stringify(join(import.meta.dirname, '../../runner/connection/ssh/ssh.ts'))}
      import { sshTarget } from ${JSON.stringify(join(import.meta.dirname, '../../runner/inventory/reach.ts'))}
      void hostConfig
      const only = process.argv[2] === 'only'
      const target = sshTarget('web-1', { user: 'deploy', known_hosts: 'known_hosts', ssh_config: false, ...(only && { identity: 'named.pub', identities_only: true }) }, ${JSON.stringify(address)}, ${JSON.stringify(lab!.directory)})
      await sshConnection(target, { acceptNewHostKeys: false }).then(async (connection) => (console.log('in'), connection.close()), (error) => console.log(error.message))`
    writeFileSync(path('login.mts'), script)
    const others = ['one', 'two', 'three', 'four', 'five', 'six', 'seven']
      .map((name) => path(`other-${name}`))
      .join(' ')
    const run = (which: string): ReturnType<typeof attempt> =>
      attempt(
        [
          'ssh-agent',
          'sh',
          '-c',
          `ssh-add -q ${others} ${path('id_ed25519')}; exec "$@"`,
          'sh',
          process.execPath,
          '--import',
          'tsx',
          path('login.mts'),
          which,
        ],
        { env: { HOME: lab!.directory } },
      )
    expect((await run('only')).stdout).toBe('in\n')
    // sshd lets nobody try as many keys as there are.
    expect((await run('all')).stdout).not.toBe('in\n')
  })

  it('with an agent that the host may use, where that is asked for', async () => {
    const [socket, pid] = (await exec(['ssh-agent', '-s'])).match(/(?<==)[^;]+/g)!
    const agent = process.env.SSH_AUTH_SOCK
    process.env.SSH_AUTH_SOCK = socket
    try {
      await exec(['ssh-add', '-q', path('id_ed25519')])
      const yaml = (connection: string, more: string): string =>
        `{ defaults: { user: deploy, become: none, connection: ${connection}, ${defaults}${more} }, hosts: { web-1: { address: ${address} } } }`
      for (const connection of ['ssh', 'openssh']) {
        expect(await says(yaml(connection, ', forward_agent: true'), {}, 'ssh-add -l 2>&1 || true')).toContain(
          'cutover-lab',
        )
        expect(await says(yaml(connection, ''), {}, 'ssh-add -l 2>&1 || true')).toContain('Could not open a connection')
      }
    } finally {
      process.kill(Number(pid))
      if (agent === undefined) delete process.env.SSH_AUTH_SOCK
      else process.env.SSH_AUTH_SOCK = agent
    }
  })

  it('by a password that the server asks for in words (keyboard-interactive)', async () => {
    await inside(
      "printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication yes\\n' >/etc/ssh/sshd_config.d/00-kbd.conf; systemctl reset-failed ssh; systemctl restart ssh",
    )
    try {
      const yaml = `{ defaults: { user: pat, identity: [], become: none, known_hosts: known_hosts, ssh_config: false }, hosts: { web-1: { address: ${address} } } }`
      expect(await says(yaml, { password: new Secret('sesame street', 'x') })).toBe('pat')
      expect(await says(yaml, { password: new Secret('wrong', 'x') })).toContain('refused the login, the password too')
    } finally {
      await inside('rm /etc/ssh/sshd_config.d/00-kbd.conf; systemctl reset-failed ssh; systemctl restart ssh')
    }
  })

  it('where there is no sudo: says so', async () => {
    await inside('mv /usr/bin/sudo /usr/bin/sudo.away')
    try {
      expect(
        await says(`{ defaults: { user: deploy, ${defaults} }, hosts: { web-1: { address: ${address} } } }`),
      ).toMatch(/web-1: there is no sudo\nInstall it, or log in as root/)
    } finally {
      await inside('mv /usr/bin/sudo.away /usr/bin/sudo')
    }
  })

  it('by an ssh_config: names, patterns, includes, and through other hosts', async () => {
    writeFileSync(
      path('more.conf'),
      `Host first\n  HostName ${address}\nHost second\n  HostName 127.0.0.1\n  ProxyJump first\n`,
    )
    writeFileSync(
      path('ssh_config'),
      `Include ${path('more.conf')}\nHost inner-*\n  HostName ${address}\n  ProxyJump first,second\nHost *\n  User deploy\n  IdentityFile ${path('id_ed25519')}\n  UserKnownHostsFile ${path('known_jump')}\n`,
    )
    knowItself()
    const from = (connection: string): Promise<string> =>
      says(
        `{ defaults: { ssh_config: ssh_config, become: none, connection: ${connection} }, hosts: { inner-7: {} } }`,
        {},
        'echo $SSH_CONNECTION $USER',
      )
    for (const connection of ['ssh', 'openssh']) {
      const [client, , server, , user] = (await from(connection)).split(' ')
      expect([connection, client, server, user]).toEqual([connection, address, address, 'deploy'])
    }
    expect(
      await says(`{ defaults: { ssh_config: nowhere }, hosts: { inner-7: {} } }`).catch((error: unknown) =>
        explain(error).join('\n'),
      ),
    ).toContain('there is no ssh_config')
  })

  it('through a host that is not there: says through which', async () => {
    const yaml = `{ defaults: { user: deploy, become: none, ${defaults} }, hosts: { web-1: { address: ${address}, proxy_jump: 'deploy@${address}:2' } } }`
    expect(await says(yaml)).toMatch(/web-1: no way through deploy@[^]*does not answer[^]*ECONNREFUSED/)
  })

  it('through a host to one that says nothing: gives up in its time', async () => {
    const silent = address.replace(/\d+$/, '254')
    expect(
      await says(
        `{ defaults: { user: deploy, become: none, ${defaults}, connect_timeout: 1 }, hosts: { web-1: { address: ${silent}, proxy_jump: 'deploy@${address}' } } }`,
      ),
    ).toMatch(/web-1: no way through deploy@[^]*:22 does not answer within 1 s/)
  })

  it('through a host that is not among those of the run, with that host’s own password', async () => {
    const yaml = `{ defaults: { known_hosts: known_hosts, ssh_config: false, become: none }, hosts: { web-1: { address: ${address}, user: deploy, identity: id_ed25519, proxy_jump: door }, door: { address: ${address}, user: pat, identity: [], password: { env: DOOR } } } }`
    const inventory = parseInventory(yaml, path('x.yaml'), z.unknown())
    const asked = new Set<string>()
    const { hosts } = await ranOn(
      inventory,
      inventory.hosts.slice(0, 1),
      {},
      async ({ view }) => void (await view.$`true`),
      {
        credentials: async ({ name }) => (
          asked.add(name),
          name === 'door' ? { password: new Secret('sesame street', 'x') } : {}
        ),
      },
    )
    expect([hosts, asked]).toEqual([{ 'web-1': 'done' }, new Set(['web-1', 'door'])])
  })

  it('through one host to several, one of them dead: none stays connected', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length
    knowItself()
    await sleep(300)
    const before = sockets()
    const inventory = parseInventory(
      `{ defaults: { user: deploy, become: none, known_hosts: known_jump, identity: id_ed25519, ssh_config: false, proxy_jump: '${address}' }, hosts: { one: { address: 127.0.0.1 }, dead: { address: 127.0.0.1, port: 2 }, two: { address: 127.0.0.1 } } }`,
      path('x.yaml'),
      z.unknown(),
    )
    const { hosts } = await ranOn(
      inventory,
      inventory.hosts,
      { forks: 1, keepGoing: true },
      async ({ view }) => void (await view.$`true`),
    )
    expect(hosts).toEqual({ one: 'done', dead: 'unreachable', two: 'done' })
    await sleep(200)
    expect(sockets()).toBeLessThanOrEqual(before)
  })

  it('to a host that known_hosts knows by an authority: the ssh program checks it', async () => {
    await exec(['sh', '-c', 'rm -f "$1" "$1.pub"; ssh-keygen -q -t ed25519 -N "" -f "$1"', 'sh', path('authority')])
    writeFileSync(path('host.pub'), await inside('cat /etc/ssh/ssh_host_ed25519_key.pub'))
    await exec(['ssh-keygen', '-q', '-s', path('authority'), '-h', '-I', 'web-1', '-n', address, path('host.pub')])
    await docker(
      [
        'exec',
        '-i',
        containerOf(lab!.name, 'web-1'),
        'sh',
        '-c',
        'cat >/etc/ssh/host-cert.pub; echo "HostCertificate /etc/ssh/host-cert.pub" >/etc/ssh/sshd_config.d/cert.conf; systemctl reset-failed ssh; systemctl restart ssh',
      ],
      { input: readFileSync(path('host-cert.pub')) },
    )
    writeFileSync(path('by_authority'), `@cert-authority * ${readFileSync(path('authority.pub'), 'utf8')}`)
    const yaml = (connection: string): string =>
      `{ defaults: { user: deploy, identity: id_ed25519, known_hosts: by_authority, ssh_config: false, connection: ${connection} }, hosts: { web-1: { address: ${address} } } }`
    expect(await says(yaml('openssh'))).toBe('root')
    expect(await says(yaml('ssh'))).toMatch(/by a certificate authority[^]*connection: openssh/)
    writeFileSync(path('revoked'), `@revoked * ${readFileSync(path('host.pub'), 'utf8')}`)
    expect(await says(yaml('ssh').replace('by_authority', 'revoked'))).toContain('its host key is revoked at')
  })

  it.each([
    ['nobody is known', 'known_hosts: empty-file', /host key is not known/],
    ['nobody listens', 'port: 2', /does not answer|Connection refused/],
    ['the key is not let in', 'identity: stranger', /refused the login/],
  ])('by the ssh program, where %s', async (_, change, message) => {
    writeFileSync(path('empty-file'), '')
    await exec(['sh', '-c', 'test -e "$1" || ssh-keygen -q -t ed25519 -N "" -f "$1"', 'sh', path('stranger')])
    const known = change.startsWith('known') ? '' : 'known_hosts: known_hosts, '
    const key = change.startsWith('identity') ? '' : 'identity: id_ed25519, '
    expect(
      await says(
        `{ defaults: { user: deploy, ${known}${key}${change}, ssh_config: false, connection: openssh, identities_only: true }, hosts: { web-1: { address: ${address} } } }`,
      ),
    ).toMatch(message)
  })

  it.each([
    ['dash', '/bin/dash', ''],
    ['bash with a noisy .bashrc', '/bin/bash', 'echo noise; echo noise >&2'],
    ['zsh with a noisy .zshenv', '/usr/bin/zsh', 'echo noise; echo noise >&2'],
    ['fish', '/usr/bin/fish', ''],
  ])('to a user whose shell is %s', async (_, shell, noise) => {
    if (/zsh|fish/.test(shell))
      await inside(
        `command -v ${shell} >/dev/null || { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends zsh fish; } >/dev/null 2>&1`,
      )
    await inside(
      `usermod -s ${shell} guest; printf '%s\\n' '${noise}' >/home/guest/.bashrc; cp /home/guest/.bashrc /home/guest/.zshenv; echo 'Welcome to a banner' >/etc/ssh/banner; echo 'Banner /etc/ssh/banner' >/etc/ssh/sshd_config.d/banner.conf; echo 'guest ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/guest; systemctl reset-failed ssh; systemctl restart ssh`,
    )
    try {
      const yaml = `{ defaults: { user: guest, ${defaults} }, hosts: { web-1: { address: ${address} } } }`
      expect(await says(yaml, {}, `printf '%s|' "it's" 'a\\b' '$HOME'`)).toBe(`it's|a\\b|$HOME|`)
      const fed: (string | null)[] = []
      expect(
        await ran(yaml, async ({ view }) => {
          const feed = await view.spawn(`while read -r line; do echo "got \\\\ $line"; done`)
          feed.write('one\n')
          fed.push(await feed.line())
          await feed.end()
        }),
      ).toMatchObject({ said: '' })
      expect(fed).toEqual(['got \\ one'])
      // An abort needs a second channel, and its script comes through the same shell.
      expect(
        (
          await ran(yaml, async ({ run }) =>
            run(
              task({
                name: 'slow',
                check: async () => ({ summary: '' }),
                apply: async (host) => void (await host.$`sleep 71`),
                timeout: 500,
              }),
            ),
          )
        ).said,
      ).toContain('not done within 0.5 s')
      expect(await inside('pgrep -fxc "sleep 71" || true')).toBe('0')
    } finally {
      await inside(
        'usermod -s /bin/bash guest; rm -f /etc/sudoers.d/guest /etc/ssh/sshd_config.d/banner.conf /home/guest/.zshenv; systemctl reset-failed ssh; systemctl restart ssh',
      )
    }
  })
})

describe.skipIf(!lab)('a link that is lost', () => {
  const yaml = `{ defaults: { user: deploy, ${defaults} }, hosts: { web-1: { address: ${address} } } }`
  const cut = (): Promise<string> => inside("pkill -KILL -f '^sshd(-session)?: deploy'")
  beforeAll(async () => void (await findEngine()))
  afterAll(() => inside('rm -rf /tmp/cut'))

  /** A task that takes its time, and is cut in the middle. */
  const cutIn = async (apply: string): Promise<Awaited<ReturnType<typeof ran>> & { log: string }> => {
    await inside('rm -rf /tmp/cut; mkdir -p /tmp/cut')
    const slow = task({
      name: 'slow',
      check: async (host) => ((await host.read('/tmp/cut/done')) === null ? { summary: 'do it' } : null),
      apply: async (host) => void (await host.$`${['sh', '-c', apply]}`),
    })
    const [result] = await Promise.all([ran(yaml, async ({ run }) => run(slow)), sleep(1_500).then(cut)])
    return { ...result, log: await inside('cat /tmp/cut/log') }
  }

  it('is made again; what was done before is found, and not done twice', async () => {
    const { status, events, log } = await cutIn('echo began >>/tmp/cut/log; touch /tmp/cut/done; sleep 61')
    expect([status, log]).toEqual(['done', 'began'])
    expect(events.filter((event) => event.type === 'note').map((event) => event.text)).toEqual([
      'the connection was lost, and is made again',
    ])
    expect(events.find((event) => event.type === 'task-end')).toMatchObject({ status: 'changed' })
    expect(await inside('pgrep -fxc "sleep 61" || true')).toBe('0')
  })

  it('is made again; what was cut off is ended, and then done from the beginning', async () => {
    const { status, log } = await cutIn('echo began >>/tmp/cut/log; sleep 3; touch /tmp/cut/done')
    expect([status, log]).toEqual(['done', 'began\nbegan'])
  })

  it('that can’t be made again leaves the host unreachable', async () => {
    const [{ status, said }] = await Promise.all([
      ran(yaml, async ({ run }) =>
        run(
          task({
            name: 'slow',
            check: async () => ({ summary: '' }),
            apply: async (host) => void (await host.$`sleep 62`),
          }),
        ),
      ),
      sleep(1_500).then(
        async () => (await inside('systemctl stop ssh.socket ssh.service 2>/dev/null; true'), await cut()),
      ),
    ])
    await inside('systemctl start ssh.service')
    expect([status, said]).toEqual(['unreachable', expect.stringContaining('the connection was lost')])
  })

  it('and that nobody closed is noticed by what does not come', async () => {
    process.env.DOCKER_HOST = engineEnv().DOCKER_HOST
    let error: unknown
    const work = ran(yaml, async ({ view }) => {
      const waiting = view.$`sleep 300`.catch((cause: unknown) => (error = cause))
      await sleep(1_000)
      await docker(['pause', containerOf(lab!.name, 'web-1')])
      await waiting
      await docker(['unpause', containerOf(lab!.name, 'web-1')])
    })
    await work
    expect(error).toBeInstanceOf(UnreachableError)
  })
})

it.skipIf(!lab)('leaves no process of the ssh program behind', async () => {
  appendFileSync(path('known_hosts'), '')
  expect((await attempt(['pgrep', '-fc', 'cutover-ssh-'])).stdout.trim()).toBe('0')
})
