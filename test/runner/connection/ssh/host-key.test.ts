import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { hostKeyOrder, knownKeys, verify } from '../../../../runner/connection/ssh/host-key.ts'
import type { SshTarget } from '../../../../runner/connection/target.ts'
import { blobOf, newFolder, targetOf } from '../keys.ts'

// In a worker thread the real one does not see a variable that a test sets.
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => process.env.HOME }))

const key = blobOf('ssh-ed25519')
const other = blobOf('ssh-ed25519', 2)
const line = (names: string, blob = key, type = 'ssh-ed25519'): string =>
  `${names} ${type} ${blob.toString('base64')}\n`
const files = (...texts: string[]): string[] => {
  const folder = newFolder()
  return texts.map((text, index) => {
    writeFileSync(join(folder, `known ${index}`), text)
    return join(folder, `known ${index}`)
  })
}
const verified = (target: SshTarget, acceptNew = false): [string, string | undefined] | undefined => {
  const error = verify(key, { known: knownKeys(target), target, acceptNew })
  return error && [error.message, error.hint]
}
const fingerprint = 'SHA256:gtaIdOimTjVaeZsv2w3airQn3nJ+l5yNxfVz8HTJXoQ'

describe('the types of host keys that are asked for', () => {
  const usual = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
  ]
  const entry = (type: string, revoked = false): never =>
    ({ type, key: '', revoked, authority: false, file: '', line: 1 }) as never
  const without = (...types: string[]): string[] => usual.filter((type) => !types.includes(type))

  it('are those that are known first', () => {
    expect(hostKeyOrder({ named: [], plain: [] })).toEqual(usual)
    expect(hostKeyOrder({ named: [entry('ssh-rsa')], plain: [entry('ecdsa-sha2-nistp384')] })).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-rsa',
      'ecdsa-sha2-nistp384',
      ...without('rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ecdsa-sha2-nistp384'),
    ])
  })

  it('are not changed by a revoked one, or one that ssh2 does not know', () => {
    expect(hostKeyOrder({ named: [entry('ssh-rsa', true), entry('ssh-dss')], plain: [] })).toEqual(usual)
  })
})

describe('a host key', () => {
  it('is known by address, by address and port, or by its alias', () => {
    const known = (more: Partial<SshTarget>, names: string): unknown =>
      verified(targetOf({ ...more, knownHosts: files(line(names)) }))
    expect(known({}, '192.0.2.1')).toBeUndefined()
    expect(known({ port: 2222 }, '[192.0.2.1]:2222')).toBeUndefined()
    expect(known({ port: 2222 }, '192.0.2.1')).toBeUndefined()
    expect(known({ port: 2222, address: 'WEB' }, 'web')).toBeUndefined()
    expect(known({ port: 2222, keyAlias: 'cluster' }, 'cluster')).toBeUndefined()
    expect(known({ port: 2222, keyAlias: 'cluster' }, '192.0.2.1')).toBeDefined()
  })

  it('that is unknown is an error, which says how to accept it', () => {
    const [file = ''] = files('')
    const message = `web-1: its host key is not known (${fingerprint})`
    expect(verified(targetOf({ port: 2222, knownHosts: [file] }))).toEqual([
      message,
      "Compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n" +
        `Then accept it: ssh-keyscan -p 2222 192.0.2.1 >> '${file}'\nor run this again with --accept-new-host-keys.`,
    ])
    vi.stubEnv('HOME', '/home/pat')
    expect(verified(targetOf())).toEqual([
      message,
      expect.stringContaining('ssh-keyscan -p 22 192.0.2.1 >> /home/pat/.ssh/known_hosts\n'),
    ])
    vi.unstubAllEnvs()
  })

  it('that is unknown is added to the first file where that is wanted', () => {
    const file = join(newFolder(), 'new/known_hosts')
    const target = targetOf({ port: 2222, knownHosts: [file, '/nowhere'] })
    expect(verified(target, true)).toBeUndefined()
    expect(readFileSync(file, 'utf8')).toBe(line('[192.0.2.1]:2222'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700)
    expect(verified(target)).toBeUndefined()
    writeFileSync(file, line('other').trimEnd())
    expect(verified(target, true)).toBeUndefined()
    expect(readFileSync(file, 'utf8')).toBe(line('other') + line('[192.0.2.1]:2222'))
    expect(existsSync('/nowhere')).toBe(false)
  })

  it('that has changed is an error, even where new ones are accepted', () => {
    const [file = ''] = files(`\n${line('192.0.2.1', other)}`)
    expect(verified(targetOf({ knownHosts: [file] }), true)).toEqual([
      `web-1: ITS HOST KEY HAS CHANGED (${fingerprint}); the known one is at ${file}:2`,
      'Somebody may intercept the connection, or the server was reinstalled. ' +
        `If you know that it was: ssh-keygen -f '${file}' -R 192.0.2.1`,
    ])
  })

  it('that differs without the port is unknown, not changed', () => {
    const target = targetOf({ port: 2222, knownHosts: files(line('192.0.2.1', other)) })
    expect(verified(target)?.[0]).toBe(`web-1: its host key is not known (${fingerprint})`)
  })

  it('that is revoked, or known by an authority, is an error', () => {
    const [revoked = ''] = files(`@revoked ${line('*')}`)
    expect(verified(targetOf({ knownHosts: [revoked] }), true)).toEqual([
      `web-1: its host key is revoked at ${revoked}:1`,
      undefined,
    ])
    expect(verified(targetOf({ port: 2222, knownHosts: [revoked] }), true)?.[0]).toContain('is revoked')
    const [authority = ''] = files(`@cert-authority ${line('*', other)}`)
    expect(verified(targetOf({ knownHosts: [authority] }), true)).toEqual([
      `web-1: its host key is known by a certificate authority (${authority}:1), which this connection cannot check`,
      'Set `connection: openssh` for this host in the inventory: the ssh program can check it.',
    ])
  })
})
