import { mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { sshTarget } from '../../../runner/inventory/reach.ts'
import type { Login } from '../../../runner/inventory/shape.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const target = (login: Login, address = 'shop.example.org'): ReturnType<typeof sshTarget> =>
  sshTarget('shop', { ssh_config: false, ...login }, address, folder)

beforeEach(() => {
  vi.stubEnv('USER', 'me')
  vi.stubEnv('SSH_AUTH_SOCK', '/agent')
})
afterEach(() => vi.unstubAllEnvs())

describe('how a host is reached', () => {
  const defaults = {
    name: 'shop',
    alias: 'shop.example.org',
    config: '',
    address: 'shop.example.org',
    port: 22,
    user: 'me',
    identities: [],
    identitiesOnly: false,
    agent: '/agent',
    forwardAgent: false,
    knownHosts: [
      `${homedir()}/.ssh/known_hosts`,
      `${homedir()}/.ssh/known_hosts2`,
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ],
    keyAlias: undefined,
    aliveInterval: 3500,
    aliveCount: 3,
    timeout: 15_000,
    needsOpenssh: undefined,
    jump: [],
  }

  it('without an ssh_config is what the defaults say', () => {
    expect(target({})).toEqual(defaults)
    vi.stubEnv('USER', undefined)
    expect(target({}).user).toBe('root')
  })

  it.each<Login>([{ connection: 'local' }, { connection: 'docker' }])('with %j reads no ssh_config', (login) => {
    write('config-1', 'Host *\n  Port 2\n')
    expect(target({ ...login, ssh_config: 'config-1' })).toEqual({ ...defaults, config: `${folder}/config-1` })
  })

  it('is first what the inventory says', () => {
    write('config-2', 'Host *\n  User config\n  Port 2\n  IdentityFile ~/x\n  ProxyCommand nc\n')
    expect(
      target({
        ssh_config: 'config-2',
        user: 'pi',
        port: 2222,
        identity: ['key', '~/.ssh/other'],
        identities_only: true,
        known_hosts: 'known',
        forward_agent: true,
        keepalive: 1.5,
        connect_timeout: 2,
        proxy_jump: ' a, b@c:1,',
      }),
    ).toEqual({
      ...defaults,
      config: `${folder}/config-2`,
      user: 'pi',
      port: 2222,
      identities: [`${folder}/key`, `${homedir()}/.ssh/other`],
      identitiesOnly: true,
      knownHosts: [`${folder}/known`],
      forwardAgent: true,
      aliveInterval: 1500,
      timeout: 2000,
      jump: ['a', 'b@c:1'],
    })
    expect(target({ identity: 'key' }).identities).toEqual([`${folder}/key`])
    expect(target({ proxy_jump: 'none' }).jump).toBe('none')
  })

  it('is then what an ssh_config says', () => {
    const key = write('key', 'private')
    write('half.pub', 'ssh-ed25519 AAAA')
    write(
      'config-all',
      [
        'Host shop',
        'HostName 10.0.0.1',
        'User config',
        'Port 2',
        `IdentityFile ${key}`,
        `IdentityFile ${folder}/half`,
        `IdentityFile ${folder}/missing`,
        'IdentitiesOnly yes',
        'IdentityAgent /other',
        'ForwardAgent yes',
        'ProxyJump door',
        'UserKnownHostsFile /k1 /k2',
        'GlobalKnownHostsFile /g',
        'HostKeyAlias alias',
        'ServerAliveInterval 7',
        'ServerAliveCountMax 9',
        'ConnectTimeout 8',
      ].join('\n'),
    )
    expect(target({ ssh_config: 'config-all' }, 'shop')).toEqual({
      name: 'shop',
      alias: 'shop',
      config: `${folder}/config-all`,
      address: '10.0.0.1',
      port: 2,
      user: 'config',
      identities: [key, `${folder}/half`],
      identitiesOnly: true,
      agent: '/other',
      forwardAgent: true,
      knownHosts: ['/k1', '/k2', '/g'],
      keyAlias: 'alias',
      aliveInterval: 7000,
      aliveCount: 9,
      timeout: 8000,
      needsOpenssh: undefined,
      jump: ['door'],
    })
  })

  it('takes no agent if an ssh_config says so', () => {
    write('config-3', 'Host *\n  IdentityAgent none\n')
    expect(target({ ssh_config: 'config-3' }).agent).toBeUndefined()
  })

  it('needs the ssh program for a ProxyCommand, unless the inventory has jump hosts', () => {
    write('config-4', 'Host *\n  ProxyCommand nc %h %p\n')
    expect(target({ ssh_config: 'config-4' }).needsOpenssh).toBe('ProxyCommand in your ssh_config')
    expect(target({ ssh_config: 'config-4', proxy_jump: 'door' }).needsOpenssh).toBeUndefined()
  })

  it('refuses an ssh_config that does not exist', () => {
    try {
      target({ ssh_config: 'nowhere' })
      expect.unreachable()
    } catch (error) {
      expect(explain(error)).toEqual([`there is no ssh_config ${folder}/nowhere`, 'Fix `ssh_config` in the inventory.'])
    }
  })
})
