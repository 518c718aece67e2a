import { homedir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../errors.ts'
import { quote } from '../quote.ts'
import { fingerprint, judge, type KnownKey, knownName, readKnownKeys, remember } from './known-hosts.ts'
import type { SshTarget } from './target.ts'

/** Types that are known for this host first: else a host known by its RSA key alone looks changed. */
export function hostKeyOrder({ named, plain }: Known): string[] {
  const algorithms = (type: string): string[] =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]
  const all = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    ...algorithms('ssh-rsa'),
  ]
  const first = [...named, ...plain]
    .filter((each) => !each.revoked)
    .flatMap((each) => algorithms(each.type))
    .filter((each) => all.includes(each))
  return [...new Set([...first, ...all])]
}

/** The name under which known_hosts files list a target. */
export const knownHostsName = ({ address, port, keyAlias }: SshTarget): string => keyAlias ?? knownName(address, port)

/** What known_hosts files say of a target. `plain`: of its address alone, where it listens on another port than 22. */
export interface Known {
  named: readonly KnownKey[]
  plain: readonly KnownKey[]
}

export const knownKeys = (target: SshTarget): Known => ({
  named: readKnownKeys(knownHostsName(target), target.knownHosts),
  plain:
    target.port === 22 || target.keyAlias !== undefined
      ? []
      : readKnownKeys(target.address.toLowerCase(), target.knownHosts),
})

/** As for ssh: who is not known with their port is looked up without it, and a key that differs there says nothing. */
function judgeBoth(key: Buffer, { named, plain }: Known): ReturnType<typeof judge> {
  const result = judge(key, named)
  if (result.verdict !== 'unknown') return result
  const without = judge(key, plain)
  return without.verdict === 'changed' ? result : without
}

/** Whether the key that a server showed is its own; the error with what to do if that is not known. */
export function verify(key: Buffer, known: Known, target: SshTarget, acceptNew: boolean): UnreachableError | undefined {
  const result = judgeBoth(key, known)
  const name = knownHostsName(target)
  const file = target.knownHosts[0] ?? join(homedir(), '.ssh/known_hosts')
  switch (result.verdict) {
    case 'known':
      return undefined
    case 'authority':
      return new UnreachableError(
        `${target.name}: known_hosts knows its host key by a certificate authority (${result.at.file}:${result.at.line}), and this connection can't check that`,
        { hint: 'Set `connection: openssh` for it in the inventory: the ssh program can.' },
      )
    case 'unknown':
      if (acceptNew) return void remember(file, name, key)
      return new UnreachableError(`${target.name}: its host key is not known (${fingerprint(key)})`, {
        hint: `Compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\nThen accept it: ssh-keyscan -p ${target.port} ${quote(target.address)} >> ${quote(file)}\nor run this again with --accept-new-host-keys.`,
      })
    case 'changed':
      return new UnreachableError(
        `${target.name}: ITS HOST KEY HAS CHANGED (${fingerprint(key)}); known is the one at ${result.at.file}:${result.at.line}`,
        {
          hint: `Somebody may be in between, or the server was installed anew. If you know that it was: ssh-keygen -f ${quote(result.at.file)} -R ${quote(name)}`,
        },
      )
    case 'revoked':
      return new UnreachableError(`${target.name}: its host key is revoked at ${result.at.file}:${result.at.line}`)
  }
}
