import { homedir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../../errors.ts'
import { quote } from '../../quote.ts'
import type { SshTarget } from '../target.ts'
import { fingerprint, judge, type KnownKey, knownName, readKnownKeys, remember, type Verdict } from './known-hosts.ts'

/**
 * The types of host keys to ask a server for, in order. The types that are known for this host come first: otherwise
 * the server may show a key of another type, and a host of which only the RSA key is known would look changed.
 */
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
    .filter((entry) => !entry.revoked)
    .flatMap((entry) => algorithms(entry.type))
    .filter((algorithm) => all.includes(algorithm))
  return [...new Set([...first, ...all])]
}

/** The name under which known_hosts files list a target. */
const knownHostsName = ({ address, port, keyAlias }: SshTarget): string => keyAlias ?? knownName(address, port)

/** What known_hosts files list for a target. */
export interface Known {
  /** The entries for its name, which includes a port other than 22. */
  named: readonly KnownKey[]
  /** The entries for its address alone, if its name includes a port. */
  plain: readonly KnownKey[]
}

export const knownKeys = (target: SshTarget): Known => ({
  named: readKnownKeys(knownHostsName(target), target.knownHosts),
  plain:
    target.port === 22 || target.keyAlias !== undefined
      ? []
      : readKnownKeys(target.address.toLowerCase(), target.knownHosts),
})

/**
 * As ssh does: a host that is not known with its port is looked up without it. A different key there means nothing,
 * since another server may listen on port 22.
 */
function judgeBoth(key: Buffer, { named, plain }: Known): Verdict {
  const result = judge(key, named)
  if (result.verdict !== 'unknown') return result
  const withoutPort = judge(key, plain)
  return withoutPort.verdict === 'changed' ? result : withoutPort
}

export interface VerifyOptions {
  known: Known
  target: SshTarget
  /** Whether the key of an unknown host is accepted, and added to the first known_hosts file. */
  acceptNew: boolean
}

/** Checks the key that a server showed. Undefined if it is the right one, otherwise the error that says what to do. */
export function verify(key: Buffer, { known, target, acceptNew }: VerifyOptions): UnreachableError | undefined {
  const result = judgeBoth(key, known)
  const name = knownHostsName(target)
  const file = target.knownHosts[0] ?? join(homedir(), '.ssh/known_hosts')
  switch (result.verdict) {
    case 'known':
      return undefined
    case 'authority':
      return new UnreachableError(
        `${target.name}: its host key is known by a certificate authority (${place(result.at)}), ` +
          'which this connection cannot check',
        { hint: 'Set `connection: openssh` for this host in the inventory: the ssh program can check it.' },
      )
    case 'unknown':
      if (acceptNew) return void remember(file, name, key)
      return new UnreachableError(`${target.name}: its host key is not known (${fingerprint(key)})`, {
        hint: [
          "Compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
          `Then accept it: ssh-keyscan -p ${target.port} ${quote(target.address)} >> ${quote(file)}`,
          'or run this again with --accept-new-host-keys.',
        ].join('\n'),
      })
    case 'changed':
      return new UnreachableError(
        `${target.name}: ITS HOST KEY HAS CHANGED (${fingerprint(key)}); the known one is at ${place(result.at)}`,
        {
          hint:
            'Somebody may intercept the connection, or the server was reinstalled. ' +
            `If you know that it was: ssh-keygen -f ${quote(result.at.file)} -R ${quote(name)}`,
        },
      )
    case 'revoked':
      return new UnreachableError(`${target.name}: its host key is revoked at ${place(result.at)}`)
  }
}

const place = ({ file, line }: KnownKey): string => `${file}:${line}`
