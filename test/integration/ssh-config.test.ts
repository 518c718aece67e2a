import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findings } from '../../runner/connection/ssh-config/file.ts'
import { hostConfig } from '../../runner/connection/ssh-config/ssh-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
let files = 0
const write = (text: string): string => {
  const file = join(folder, `config-${files++}`)
  writeFileSync(file, text)
  return file
}
const part = join(folder, 'parts')
mkdirSync(join(part, 'deep'), { recursive: true })
writeFileSync(join(part, 'one.conf'), 'User of-one\nHost b*\n  Port 77\n')
writeFileSync(join(part, 'two.conf'), 'Match host *.example\n  IdentityFile /keys/two\nMatch all\n  ForwardAgent yes\n')
writeFileSync(join(part, 'deep/three.conf'), `ServerAliveInterval 3\nInclude ${part}/one.conf\n`)
chmodSync(folder, 0o700)

type Answer = Record<string, string | string[] | undefined>

/** What the ssh program makes of a file. */
function ssh(file: string, host: string, user?: string): Answer {
  const said = execFileSync('ssh', ['-G', '-F', file, ...(user === undefined ? [] : ['-l', user]), host], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const all = (key: string): string[] =>
    said
      .split('\n')
      .filter((line) => line.startsWith(`${key} `))
      .map((line) => line.slice(key.length + 1))
  const keys = all('identityfile')
  return {
    hostname: all('hostname')[0],
    user: all('user')[0],
    port: all('port')[0],
    // Without any it names the usual ones.
    identityfile: keys[0] === '~/.ssh/id_rsa' ? [] : keys,
    identitiesonly: all('identitiesonly')[0],
    forwardagent: all('forwardagent')[0],
    proxyjump: all('proxyjump')[0],
    proxycommand: all('proxycommand')[0],
    aliveinterval: all('serveraliveinterval')[0],
    alivecount: all('serveralivecountmax')[0],
    hostkeyalias: all('hostkeyalias')[0],
    connecttimeout: all('connecttimeout')[0],
    userknownhostsfile: all('userknownhostsfile')[0],
    globalknownhostsfile: all('globalknownhostsfile')[0],
  }
}

/** What we make of it, in the same words. */
function ours(file: string, host: string, user?: string): Answer {
  const config = hostConfig([file], host, user)
  const { all, first } = findings([file], host, user)
  const yes = (value: boolean | undefined): string => (value ? 'yes' : 'no')
  const command = first.get('proxycommand')?.words[0]
  return {
    hostname: config.hostName ?? host.toLowerCase(),
    user: user ?? config.user ?? userInfo().username,
    port: String(config.port ?? 22),
    identityfile: [...(all.get('identityfile') ?? [])],
    identitiesonly: yes(config.identitiesOnly),
    forwardagent: yes(config.forwardAgent),
    proxyjump: config.jump?.join(',') || undefined,
    proxycommand: command === 'none' ? undefined : command,
    aliveinterval: String((config.aliveInterval ?? 0) / 1000),
    alivecount: String(config.aliveCount ?? 3),
    hostkeyalias: config.keyAlias,
    connecttimeout: config.connectTimeout === undefined ? 'none' : String(config.connectTimeout / 1000),
    userknownhostsfile: (
      config.knownHosts ?? ['known_hosts', 'known_hosts2'].map((name) => join(homedir(), '.ssh', name))
    ).join(' '),
    globalknownhostsfile: (config.globalKnownHosts ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']).join(
      ' ',
    ),
  }
}

describe('what we read of an ssh_config is what the ssh program reads', () => {
  it.each<[string, string, string, string?]>([
    ['Match !exec', 'Match !exec false\n  Port 2\nMatch !exec true\n  User no\n', 'a'],
    ['Match exec with quotes', 'Match exec "test %h = a.x && test %n = a"\n  Port 2\n', 'a'],
    [
      'Match exec, which sees the HostName',
      'HostName %h.x\nMatch exec "test %h = a.x && test %n = a && test %p = 22"\n  Port 2\n',
      'a',
    ],
    [
      'Match host after HostName',
      'Host a\n  HostName %h.example\nMatch host a.example\n  User after\nMatch host a\n  Port 2\n',
      'a',
    ],
    ['Match originalhost after HostName', 'HostName %h.example\nMatch originalhost a\n  User after\n', 'a'],
    ['Match !host', 'Match !host b\n  User not-b\n', 'a'],
    [
      'Match of several, one of them negated',
      'Match host a,b !user root\n  Port 2\nMatch !user nobody host "a,b"\n  Port 3\n',
      'a',
    ],
    ['a list with a negation', 'Match host "*,!a"\n  Port 2\nHost * !a\n  Port 3\n', 'a'],
    ['a negation alone', 'Host !a\n  Port 2\nMatch host !b\n  Port 3\n', 'a'],
    ['Match user by the option', 'Match user pat\n  Port 2\n', 'a', 'pat'],
    ['Match user by a line before', 'User pat\nMatch user pat\n  Port 2\n', 'a'],
    ['Match localuser', `Match localuser ${userInfo().username}\n  Port 2\n`, 'a'],
    ['Match final', 'Match final host a.example\n  Port 2\nHost a\n  HostName a.example\n', 'a'],
    [
      'Match final: Host sees the new name',
      'Host a.example\n  Port 2\nHost a\n  HostName a.example\nMatch final\n  User late\n',
      'a',
    ],
    ['Match final: a second HostName', 'Host a\n  HostName %h.x\nMatch final\n  HostName %h.y\n', 'a'],
    ['Match !final', 'Match !final\n  IdentityFile /keys/early\nMatch final all\n  IdentityFile /keys/late\n', 'a'],
    ['Match canonical', 'Match canonical\n  Port 2\nMatch !canonical\n  Port 3\n', 'a'],
    ['equals signs', 'Host=a\n  Port = 2\n  User="pat smith"\nServerAliveInterval=7\n', 'a'],
    ['comments', 'Port 2 # not 3\n  # Port 4\nUser pat#1\nIdentityFile "/keys/a#b"\n', 'a'],
    [
      'quotes and backslashes',
      'IdentityFile "/keys/a \\"b\\""\nIdentityFile \'/keys/it\'\nIdentityFile /keys/a\\ b\n',
      'a',
    ],
    ['carriage returns and tabs', 'Host\ta\r\n\tPort\t2\r\n', 'a'],
    ['capitals', 'HOST a\n  pORT 2\n  IDENTITIESONLY yes\n', 'a'],
    ['true and false', 'IdentitiesOnly true\nForwardAgent false\n', 'a'],
    ['several keys, one twice', 'IdentityFile /k/1\nIdentityFile /k/2\nIdentityFile /k/1\nIdentityFile none\n', 'a'],
    [
      'several known_hosts',
      'UserKnownHostsFile /k/1 "/k/2"\nGlobalKnownHostsFile /g/1 /g/2\nUserKnownHostsFile /k/3\n',
      'a',
    ],
    ['known_hosts by tokens', 'UserKnownHostsFile ~/%n-%h-%r-%p\nHostName b\nUser pat\n', 'a'],
    ['a jump before a command', 'ProxyJump one\nProxyCommand nc %h %p\n', 'a'],
    ['a command before a jump', 'ProxyCommand nc %h %p # all of it\nProxyJump one\n', 'a'],
    ['no jump before a command', 'ProxyJump none\nProxyCommand nc %h %p\n', 'a'],
    ['no command before a jump', 'ProxyCommand none\nProxyJump one\n', 'a'],
    ['times', 'ServerAliveInterval 1m30s\nConnectTimeout 2H\n', 'a'],
    ['question marks', 'Host web-??\n  Port 2\n', 'web-01'],
    [
      'an Include in a section',
      `Host b\n  Include ${part}/two.conf\nHost a*\n  Include ${part}/*.conf\n  Port 5\n`,
      'a.example',
    ],
    ['an Include in an Include, by a folder’s pattern', `Include ${part}/d*/*.conf\nPort 8\n`, 'bb'],
    ['two Includes in a line', `Include ${part}/two.conf "${part}/one.conf"\n`, 'b.example'],
    ['an address of version 6', 'Host fe80::*\n  Port 2\n', 'fe80::1'],
    ['a HostKeyAlias', 'HostKeyAlias Cluster\n', 'a'],
    ['capitals in Host', 'Host A\n  Port 2\nHost a\n  Port 3\n', 'a'],
    ['capitals in the name', 'Host A\n  Port 2\nHost a\n  Port 3\n', 'A'],
    ['capitals in Match', 'Match host A\n  Port 2\nMatch originalhost A\n  User pat\n', 'a'],
    ['capitals in HostName', 'HostName B\nMatch host b\n  Port 2\n', 'A'],
    ['Match with an equals sign', 'Match host=a user=root\n  Port 2\n', 'a'],
    ['brackets, which are no pattern', 'Host [a]\n  Port 2\n', 'a'],
    ['an Include that is not there', 'Include /nowhere/x /nowhere/*\nPort 2\n', 'a'],
    ['a comment after Host', 'Host b # a\n  Port 2\nMatch host a # no\n  User pat\n', 'a'],
    ['variables', 'IdentityFile ${HOME}/k\nUserKnownHostsFile ${HOME}/h\n', 'a'],
    ['HostName with a percent sign', 'HostName %h%%x\n', 'a'],
  ])('%s', (_, text, host, user) => {
    const file = write(text)
    expect(ours(file, host, user)).toEqual(ssh(file, host, user))
  })

  it('whatever stands there', { timeout: 60_000 }, () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'a.example', 'b.example')
    const pattern = fc
      .tuple(fc.constantFrom('', '', '', '!'), fc.oneof(name, fc.constantFrom('*', 'a*', '?', '*.example')))
      .map((each) => each.join(''))
    const condition = fc.oneof(
      fc
        .tuple(
          fc.constantFrom('', '!'),
          fc.constantFrom('host', 'originalhost'),
          fc.array(pattern, { minLength: 1, maxLength: 2 }),
        )
        .map(([not, what, list]) => `${not}${what} ${list.join(',')}`),
      fc
        .tuple(
          fc.constantFrom('', '!'),
          fc.constantFrom(
            'user pat',
            'user root,pat',
            'user "*,!pat"',
            'exec true',
            'exec "test %h = a"',
            'exec "test %r = pat"',
            'exec "test %n = a -a %p = 22"',
            'final',
            'canonical',
          ),
        )
        .map((each) => each.join('')),
    )
    const section = fc.oneof(
      fc.array(pattern, { minLength: 1, maxLength: 3 }).map((list) => `Host ${list.join(' ')}`),
      fc.array(condition, { minLength: 1, maxLength: 3 }).map((list) => `Match ${list.join(' ')}`),
      fc.constantFrom('Match all', 'Match final all'),
    )
    const setting = fc
      .constantFrom(
        'HostName %h.example',
        'HostName b',
        'HostName a.example',
        'User pat',
        'User root',
        'Port 2',
        'Port 3',
        'IdentityFile /k/1',
        'IdentityFile ~/k2',
        'IdentitiesOnly yes',
        'IdentitiesOnly no',
        'ForwardAgent yes',
        'ProxyJump j1',
        'ProxyJump none',
        'ProxyCommand nc %h',
        'ProxyCommand none',
        'ServerAliveInterval 5',
        'ServerAliveCountMax 9',
        'HostKeyAlias k',
        'UserKnownHostsFile /h/1 /h/2',
        `Include ${part}/*.conf`,
        `Include ${part}/deep/*`,
      )
      .map((line) => `  ${line}`)
    fc.assert(
      fc.property(
        fc.array(fc.oneof(section, setting, setting), { maxLength: 14 }),
        name,
        fc.constantFrom(undefined, 'pat'),
        (lines, host, user) => {
          const file = write(`${lines.join('\n')}\n`)
          expect(ours(file, host, user)).toEqual(ssh(file, host, user))
        },
      ),
      { numRuns: 150 },
    )
  })
})
