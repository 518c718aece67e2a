import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { ed25519Line, field } from '../../lab/blob.ts'
import { containerOf } from '../../lab/containers.ts'
import { docker, findEngine } from '../../lab/engine.ts'
import { attempt, exec } from '../../lab/exec.ts'
import type { Credentials } from '../../runner/connection/target.ts'
import { parseInventory } from '../../runner/inventory/index.ts'
import { Secret } from '../../runner/secret/secret.ts'
import { ranOn } from '../runner/ran.ts'

const lab = inject('lab')
const address = lab?.hosts[0]?.address ?? ''
const inside = (script: string, input?: string): Promise<string> =>
  docker(['exec', ...(input === undefined ? [] : ['-i']), containerOf(lab!.name, 'web-1'), 'sh', '-c', script], {
    ...(input !== undefined && { input: Buffer.from(input) }),
  })
const path = (name: string): string => join(lab!.directory, name)
const password = { password: new Secret('sesame street', 'x') }

/** Who one is on the host, or why one is not let in. */
async function says(
  host: string,
  credentials: Credentials = {},
  defaults = '',
): Promise<{ said: string; notes: string[] }> {
  const inventory = parseInventory(
    `{ defaults: { user: deploy, become: none, known_hosts: known_hosts${defaults} }, hosts: { web-1: { address: ${address}, ${host} } } }`,
    path('x.yaml'),
    z.unknown(),
  )
  let said = ''
  const result = await ranOn(
    inventory,
    inventory.hosts.slice(0, 1),
    {},
    async ({ view }) => void (said = (await view.$`id -un`).stdout.trim()),
    { credentials: async () => credentials },
  )
  return {
    said: result.said || said,
    notes: result.events.flatMap((event) => (event.type === 'note' ? [event.text] : [])),
  }
}
const who = async (host: string, credentials?: Credentials): Promise<string> =>
  (await says(`ssh_config: false, ${host}`, credentials)).said

/** sshd with some settings of its own, until the next. It bears nobody a grudge for logins that failed: here many are meant to. */
async function sshd(settings: string): Promise<void> {
  await inside(
    'cat >/etc/ssh/sshd_config.d/00-ways.conf; systemctl reset-failed ssh; systemctl restart ssh',
    `PerSourcePenalties no\n${settings}`,
  )
}

const agents: number[] = []
const before = process.env.SSH_AUTH_SOCK
/** An agent with some keys, in their order. */
async function agent(...keys: string[]): Promise<void> {
  const [socket, pid] = (await exec(['ssh-agent', '-s'])).match(/(?<==)[^;]+/g)!
  agents.push(Number(pid))
  process.env.SSH_AUTH_SOCK = socket
  for (const key of keys) await exec(['ssh-add', '-q', path(key)])
}

const others = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'].map((name) => `others-${name}`)
const make = (name: string, ...more: string[]): void => {
  execFileSync('sh', ['-c', 'rm -f "$1" "$1.pub"', 'sh', path(name)])
  execFileSync('ssh-keygen', ['-q', '-N', '', '-f', path(name), ...(more.length > 0 ? more : ['-t', 'ed25519'])])
}

describe.skipIf(!lab)('one gets in as with ssh', () => {
  beforeAll(async () => {
    await findEngine()
    for (const name of others) make(name)
    await exec(['cp', path('id_ed25519.pub'), path('public.pub')])
    await exec(['cp', path('id_ed25519'), path('shut')])
    await exec(['cp', path('id_ed25519.pub'), path('shut.pub')])
    await exec(['ssh-keygen', '-q', '-p', '-P', '', '-N', 'open sesame', '-f', path('shut')])
    // A key that the agent has and whose .pub is not beside it.
    await exec(['cp', path('shut'), path('alone')])
  })
  afterEach(() => {
    for (const pid of agents.splice(0)) process.kill(pid)
    if (before === undefined) delete process.env.SSH_AUTH_SOCK
    else process.env.SSH_AUTH_SOCK = before
  })
  afterAll(() => inside('rm -f /etc/ssh/sshd_config.d/00-ways.conf; systemctl reset-failed ssh; systemctl restart ssh'))

  describe('where the agent has seven other keys', () => {
    beforeAll(() => sshd('MaxAuthTries 6\n'))

    it.each([
      ['a public key', 'identity: public.pub'],
      ['a locked key', 'identity: shut'],
      ['a locked key without a .pub', 'identity: alone'],
      ['a public key, and only it', 'identity: public.pub, identities_only: true'],
      ['a path whose .pub alone is there', 'identity: public'],
      ['several, the right one last', 'identity: [others-one, others-two, public.pub]'],
    ])('and identity names %s', async (_, identity) => {
      await agent(...others, 'id_ed25519')
      expect(await who(identity)).toBe('deploy')
    })

    it('and an ssh_config names it', async () => {
      await agent(...others, 'id_ed25519')
      writeFileSync(path('config-public'), `IdentityFile ${path('public')}\n`)
      expect((await says('ssh_config: config-public')).said).toBe('deploy')
    })

    it('and nothing is named: says what to name; with few keys, it gets in', async () => {
      await agent(...others, 'id_ed25519')
      const home = process.env.HOME
      process.env.HOME = path('nohome')
      try {
        expect(await who('identity: []')).toMatch(
          /lets nobody try so many keys \(MaxAuthTries\), and the agent has 8\nName the right one with `identity`[^]*identities_only: true/,
        )
        await agent(...others.slice(0, 3), 'id_ed25519')
        expect(await who('identity: []')).toBe('deploy')
      } finally {
        process.env.HOME = home
      }
    })

    it('and not that one: says which was not tried, and why', async () => {
      await agent(...others.slice(0, 2))
      expect(await who('identity: shut')).toMatch(/refused the login\nNot tried: the key .*shut is encrypted/)
      expect(await who('identity: public.pub')).toMatch(
        /refused the login\nNot tried: .*public.pub is a public key, and the agent does not have its private half/,
      )
      expect(await who('identity: public.pub, identities_only: true')).toMatch(
        /^web-1: .*public.pub is a public key, and the agent does not have its private half\nGive it to the agent: ssh-add/,
      )
    })
  })

  describe('with a key in PKCS#8', () => {
    const kinds = ['rsa', 'ec', 'ed25519'] as const
    const pairOf = (kind: (typeof kinds)[number]): ReturnType<typeof generateKeyPairSync> =>
      kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : kind === 'ec'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('ed25519')

    it.each(kinds)('of the kind %s, open or with a passphrase', async (kind) => {
      delete process.env.SSH_AUTH_SOCK
      const { privateKey, publicKey } = pairOf(kind)
      writeFileSync(path(`p8-${kind}`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      writeFileSync(
        path(`p8-${kind}-shut`),
        privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' }),
        { mode: 0o600 },
      )
      // The host is told its public half by another program than ours, where that reads it.
      const line =
        kind === 'ed25519'
          ? ed25519Line(publicKey.export({ format: 'jwk' }).x!)
          : execFileSync('ssh-keygen', ['-y', '-f', path(`p8-${kind}`)], { encoding: 'utf8' })
      await inside('cat >>/home/deploy/.ssh/authorized_keys', line)
      expect(await who(`identity: p8-${kind}`)).toBe('deploy')
      expect(await who(`identity: p8-${kind}-shut`, { passphrase: new Secret('open sesame', 'x') })).toBe('deploy')
      expect(await who(`identity: p8-${kind}-shut`, { passphrase: new Secret('wrong', 'x') })).toContain(
        'the passphrase does not open',
      )
      expect(await who(`identity: p8-${kind}-shut`)).toMatch(/is encrypted[^]*identity_passphrase/)
    })

    it('that is for something else: says so', async () => {
      writeFileSync(path('p8-x'), generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
      expect(await who('identity: p8-x')).toMatch(
        /p8-x is not a private key that can be read: keys of the kind x25519 are not for SSH\nConvert it to/,
      )
    })
  })

  describe('where the server wants two things', () => {
    const user = 'user: pat'
    const wants = (methods: string): Promise<void> =>
      sshd(`KbdInteractiveAuthentication yes\nMatch User pat\n  AuthenticationMethods ${methods}\n`)

    it.each([
      'publickey,password',
      'password,publickey',
      'publickey,keyboard-interactive',
      'keyboard-interactive,publickey',
      'publickey',
      'password',
      'publickey,password password,publickey',
    ])('%s', async (methods) => {
      await wants(methods)
      expect(await who(`${user}, identity: id_ed25519`, password)).toBe('pat')
      await agent(...others.slice(0, 4), 'id_ed25519')
      expect(await who(`${user}, identity: public.pub`, password)).toBe('pat')
      // The right one last, and nothing named: what is not wanted yet is not tried.
      expect(await who(`${user}, identity: [], identities_only: false`, password)).toBe('pat')
    })

    it('two keys', async () => {
      await inside('cat >>/home/pat/.ssh/authorized_keys', readFileSync(path('others-one.pub'), 'utf8'))
      await wants('publickey,publickey')
      expect(await who(`${user}, identity: [id_ed25519, others-one]`)).toBe('pat')
      expect(await who(`${user}, identity: id_ed25519, identities_only: true`)).toMatch(
        /took the publickey, and wants publickey as well\nGive it another key/,
      )
      await agent('others-one', 'id_ed25519')
      expect(await who(`${user}, identity: []`)).toBe('pat')
    })

    it('and one is missing or wrong: says which', async () => {
      await wants('publickey,password')
      expect(await who(`${user}, identity: id_ed25519`)).toMatch(
        /^web-1: pat@\S+ took the publickey, and wants password as well\nGive the password with `password`/,
      )
      expect(await who(`${user}, identity: id_ed25519`, { password: new Secret('wrong', 'x') })).toMatch(
        /took the publickey, and wants password as well: not this password/,
      )
      expect(await who(`${user}, identity: id_ed25519, connection: openssh`)).toMatch(
        /wants a password\nThe ssh program cannot be given one: set `connection: ssh`/,
      )
      await wants('password,publickey')
      expect(await who(`${user}, identity: others-two`, password)).toMatch(
        /took the password, and wants publickey as well\nGive it another key/,
      )
    })
  })

  it.each(['PasswordAuthentication yes', 'KbdInteractiveAuthentication yes\nPasswordAuthentication no'])(
    'not with a password that has expired, which stays as it is (%s)',
    async (settings) => {
      await sshd(`${settings}\n`)
      await inside('chage -d 0 pat')
      const shadow = await inside('grep ^pat: /etc/shadow')
      try {
        expect(await who('user: pat, identity: id_ed25519')).toMatch(
          /^web-1: the password of this user has expired, and must be changed first\n[^]*passwd/,
        )
        expect(await who('user: pat, identity: []', password)).toMatch(
          /has expired|refused the login, the password too/,
        )
        expect(await inside('grep ^pat: /etc/shadow')).toBe(shadow)
      } finally {
        await inside('chage -d "$(date +%F)" pat')
      }
    },
  )

  it('where the server has nothing that the library can do: says `connection: openssh`, and that gets in', async () => {
    const key = 'identity: id_ed25519, identities_only: true'
    await sshd('KexAlgorithms sntrup761x25519-sha512@openssh.com\n')
    expect(await who(key)).toMatch(
      /^web-1: \S+ has no key exchange algorithm that the ssh library can do\n[^]*connection: openssh/,
    )
    expect(await who(`${key}, connection: openssh`)).toBe('deploy')
    await sshd('Ciphers chacha20-poly1305@openssh.com\nMACs umac-128-etm@openssh.com\n')
    expect(await who(key)).toMatch(/^deploy$|connection: openssh/)
    await sshd('')
  })

  describe('by the ssh program, which is taken unasked and said', () => {
    it('where ssh_config has a ProxyCommand, for itself or for the host on the way', async () => {
      writeFileSync(
        path('config-command'),
        `Host ${address} door\n  IdentityFile ${path('id_ed25519')}\n  UserKnownHostsFile ${path('known_hosts')}\n  HostName ${address}\nHost ${address}\n  ProxyCommand ssh -F none -i ${path('id_ed25519')} -o UserKnownHostsFile=${path('known_hosts')} -W %h:%p deploy@${address}\n`,
      )
      expect(await says('ssh_config: config-command')).toEqual({
        said: 'deploy',
        notes: ['reached by the ssh program (connection: openssh): ProxyCommand in your ssh_config'],
      })
      // Named in the inventory, another way counts.
      expect(await says('ssh_config: config-command, proxy_jump: none')).toEqual({ said: 'deploy', notes: [] })
      writeFileSync(
        path('config-door'),
        `Host door\n  ProxyCommand ssh -F none -i ${path('id_ed25519')} -o UserKnownHostsFile=${path('known_hosts')} -W %h:%p deploy@${address}\nHost *\n  User deploy\n  HostName ${address}\n  IdentityFile ${path('id_ed25519')}\n  UserKnownHostsFile ${path('known_hosts')}\n`,
      )
      expect(await says('proxy_jump: door', {}, ', ssh_config: config-door')).toEqual({
        said: 'deploy',
        notes: ['reached by the ssh program (connection: openssh): ProxyCommand in your ssh_config, of door'],
      })
    })

    it('where the key lies on a token', async () => {
      const half = Buffer.concat([field('sk-ssh-ed25519@openssh.com'), field(Buffer.alloc(32, 1)), field('ssh:')])
      writeFileSync(path('token.pub'), `sk-ssh-ed25519@openssh.com ${half.toString('base64')} x\n`)
      const { said, notes } = await says('ssh_config: false, identity: token.pub, identities_only: true')
      expect(notes).toEqual([
        `reached by the ssh program (connection: openssh): the key ${path('token.pub')} lies on a token (sk-ssh-ed25519@openssh.com)`,
      ])
      expect(said).toMatch(/refused the login/)
    })

    it('where a certificate is named, which gets in', async () => {
      make('ca')
      make('certified')
      await exec(['ssh-keygen', '-q', '-s', path('ca'), '-I', 'deploy', '-n', 'deploy', path('certified.pub')])
      await inside('cat >/etc/ssh/users.pub', readFileSync(path('ca.pub'), 'utf8'))
      await sshd('TrustedUserCAKeys /etc/ssh/users.pub\n')
      writeFileSync(
        path('config-certificate'),
        `IdentityFile ${path('certified')}\nCertificateFile ${path('certified-cert.pub')}\n`,
      )
      expect(await says('ssh_config: config-certificate')).toEqual({
        said: 'deploy',
        notes: ['reached by the ssh program (connection: openssh): CertificateFile in your ssh_config'],
      })
      // One that lies beside its key may do or not: that is said where the key alone does not do.
      expect(await who('identity: certified')).toMatch(
        /refused the login\nYou have a certificate, which only the ssh program can use: set `connection: openssh`/,
      )
      expect(await who('identity: certified, connection: openssh')).toBe('deploy')
      await sshd('')
    })
  })

  it('at another port, where known_hosts has a plain entry: exactly as the ssh program', async () => {
    // Without the certificate that another test may have given the host: with one, ssh asks known_hosts another question.
    await inside(
      "sed '/^Include/d' /etc/ssh/sshd_config >/etc/ssh/plain_config; /usr/sbin/sshd -f /etc/ssh/plain_config -p 2222 -o PidFile=/run/ways.pid",
    )
    make('strange')
    const right = readFileSync(path('known_hosts'), 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${address} `))!
    const wrong = readFileSync(path('strange.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
    const cases: [string, string][] = [
      ['the right key', right],
      ['another key', `${address} ${wrong}`],
      ['the right key, and with the port another', `${right}\n[${address}]:2222 ${wrong}`],
      [
        'another key, and with the port the right one',
        `${address} ${wrong}\n${right.replace(address, `[${address}]:2222`)}`,
      ],
      ['the right key, revoked', `@revoked ${right}`],
    ]
    try {
      for (const [what, text] of cases) {
        writeFileSync(path('known_port'), `${text}\n`)
        const real = await attempt([
          'ssh',
          '-F',
          'none',
          '-i',
          path('id_ed25519'),
          '-p',
          '2222',
          '-o',
          'BatchMode=yes',
          '-o',
          `UserKnownHostsFile=${path('known_port')}`,
          '-o',
          'StrictHostKeyChecking=yes',
          `deploy@${address}`,
          'id -un',
        ])
        const ours = await who('identity: id_ed25519, port: 2222, known_hosts: known_port')
        expect([what, ours === 'deploy']).toEqual([what, real.stdout === 'deploy\n'])
      }
    } finally {
      await inside('kill "$(cat /run/ways.pid)"')
    }
  })
})
