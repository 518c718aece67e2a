import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { findings } from '../../../../runner/connection/ssh-config/file.ts'
import { newFolder } from '../keys.ts'

// In a worker thread the real one does not see a variable that a test sets.
vi.mock('node:os', async (original) => ({ ...(await original<object>()), homedir: () => process.env.HOME }))

const folder = newFolder()
let files = 0
const write = (text: string): string => {
  const file = join(folder, `config-${files++}`)
  writeFileSync(file, text)
  return file
}
/** The first values, as texts. */
const first = (text: string, host = 'web', user?: string): Record<string, string> =>
  Object.fromEntries([...findings([write(text)], host, user).first].map(([key, { words }]) => [key, words.join('|')]))

describe('of some ssh_config files', () => {
  it('the first value of a keyword counts, in all files, with its place', () => {
    const one = write('Port 2\nPort 3\n')
    const two = write('\nUser pat\nPort 4\n')
    expect([...findings([one, '/nowhere', two], 'web').first]).toEqual([
      ['port', { words: ['2'], file: one, line: 1 }],
      ['user', { words: ['pat'], file: two, line: 2 }],
    ])
  })

  it('all keys and certificates count, each once', () => {
    const file = write(
      'IdentityFile a\nIdentityFile b\nIdentityFile a\nIdentityFile\nCertificateFile c\nCertificateFile d\n',
    )
    const { all, first, undecided } = findings([file], 'web')
    expect([...all]).toEqual([
      ['identityfile', ['a', 'b']],
      ['certificatefile', ['c', 'd']],
    ])
    expect([first.size, undecided]).toEqual([0, undefined])
  })

  it('a section applies to its hosts', () => {
    const text = 'Host web-* !web-2\n  Port 2\nHost *\n  User pat\n'
    expect(first(text, 'web-1')).toEqual({ port: '2', user: 'pat' })
    expect(first(text, 'web-2')).toEqual({ user: 'pat' })
  })

  it('a jump and a command exclude each other, and are taken as they are', () => {
    expect(first('ProxyJump a, b # c\nProxyCommand nc\n')).toEqual({ proxyjump: 'a, b # c' })
    expect(first('ProxyCommand nc "%h" # c\nProxyJump a\nProxyCommand x\n')).toEqual({ proxycommand: 'nc "%h" # c' })
  })

  it('a Match sees what the lines before it have set', () => {
    const text =
      'Match user pat\n  Port 2\nMatch all\n  User pat\n  Tag t\nHostName %h.x\nMatch user pat tagged t host web.x\n  Port 3\n'
    expect(first(text).port).toBe('3')
    expect(first(text, 'web', 'pat').port).toBe('2')
    expect(first(text, 'web', 'jo').port).toBeUndefined()
    expect(first(`Match user ${userInfo().username}\n  Port 2\n`).port).toBe('2')
    expect(first('Match tagged ""\n  Port 2\n')).toEqual({ port: '2' })
  })

  it('the first Match that cannot be decided is told', () => {
    const text = 'Match version 9\n  Port 2\nMatch version 10\n  Port 3\nHost *\n  User pat\n'
    const result = findings([write(text)], 'web')
    expect([result.undecided, result.first.has('port'), result.first.has('user')]).toEqual([
      'Match version 9',
      false,
      true,
    ])
  })

  it('a Match final makes them be read again, with the name that was found', () => {
    const text =
      'Match final host web.x\n  Port 2\nHost web.x\n  User pat\nHost web\n  HostName %h.x\nMatch final\n  HostName y\n'
    expect(first(text)).toEqual({ port: '2', user: 'pat', hostname: 'web.x' })
    expect(first('HostName %h%%x\nMatch final\n  Port 2\n')).toEqual({ hostname: 'web%%x', port: '2' })
    expect(first('Host web.x\n  User pat\nHost web\n  HostName %h.x\n')).toEqual({ hostname: '%h.x' })
  })

  it('an Include is read where it stands', () => {
    vi.stubEnv('HOME', folder)
    mkdirSync(join(folder, '.ssh'), { recursive: true })
    writeFileSync(join(folder, '.ssh/part'), 'User pat\nHost web\n  Port 2\nMatch all\n  Tag t\n')
    const text = 'Host web\n  Include part nowhere\n  ForwardAgent yes\nHost *\n  Compression yes\n'
    expect(first(text)).toEqual({ user: 'pat', port: '2', tag: 't', forwardagent: 'yes', compression: 'yes' })
    expect(first(text, 'db')).toEqual({ compression: 'yes' })
    vi.unstubAllEnvs()
  })

  it('Includes may be nested 16 levels deep, not more', () => {
    const chain = (length: number): string => {
      let file = write('Port 2\n')
      for (let level = 0; level < length; level++) file = write(`Include ${file}\n`)
      return file
    }
    expect(findings([chain(16)], 'web').first.get('port')?.words).toEqual(['2'])
    expect(() => findings([chain(17)], 'web')).toThrow('Include is nested more than 16 levels deep')
  })
})
