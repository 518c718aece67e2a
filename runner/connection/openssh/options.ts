import type { SshTarget } from '../target.ts'

export interface OpensshOptions {
  acceptNewHostKeys: boolean
  /** Gives a host to go through in the form that `ssh -J` takes. */
  jump: (hop: string) => string
}

/**
 * The options for the ssh program: what the inventory says. Everything else ssh finds in its own configuration.
 * @param interactive whether there is a terminal where ssh can ask for a passphrase.
 */
export function opensshOptions(
  target: SshTarget,
  { acceptNewHostKeys, jump }: OpensshOptions,
  interactive: boolean,
): string[] {
  const option = (key: string, value: string | number): string[] => ['-o', `${key}=${value}`]
  return [
    ...(target.config === undefined ? [] : ['-F', target.config || 'none']),
    ...['-p', String(target.port), '-l', target.user],
    ...target.identities.flatMap((file) => ['-i', file]),
    ...(target.identitiesOnly ? option('IdentitiesOnly', 'yes') : []),
    ...jumpOptions(target.jump, jump),
    ...option('UserKnownHostsFile', target.knownHosts.map(quoted).join(' ')),
    ...option('StrictHostKeyChecking', acceptNewHostKeys ? 'accept-new' : 'yes'),
    ...option('ServerAliveInterval', aliveSeconds(target.aliveInterval)),
    ...option('ServerAliveCountMax', target.aliveCount),
    ...option('ConnectTimeout', Math.max(1, Math.round(target.timeout / 1000))),
    ...option('ForwardAgent', target.forwardAgent ? 'yes' : 'no'),
    ...(interactive ? [] : option('BatchMode', 'yes')),
  ]
}

function jumpOptions(hops: SshTarget['jump'], jump: (hop: string) => string): string[] {
  if (hops === 'none') return ['-o', 'ProxyJump=none']
  return hops.length > 0 ? ['-J', hops.map(jump).join(',')] : []
}

/** A path as ssh reads it in a list that is separated by blanks. */
const quoted = (file: string): string => (file.includes(' ') ? `"${file}"` : file)

/** ssh takes whole seconds. They are rounded down, but not to 0, which would mean no keepalive messages. */
const aliveSeconds = (ms: number): number => (ms === 0 ? 0 : Math.max(1, Math.floor(ms / 1000)))
