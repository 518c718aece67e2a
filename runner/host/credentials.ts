import { type Credentials, lockedKeys } from '../connection/index.ts'
import { UsageError } from '../errors.ts'
import type { Reachable } from '../inventory/index.ts'
import { Secret, type SecretReference } from '../secret/index.ts'

export interface CredentialOptions {
  /** Ask for a login password, or for sudo's, where the inventory has none. */
  askPassword: boolean
  askBecome: boolean
  secret: (reference: SecretReference, label: string) => Secret
  /** Makes what these references need readable: of a host that nothing else runs on, nobody has yet. */
  open: (references: Reachable['secrets']) => Promise<void>
  /** Masked from then on. */
  learn: (secret: Secret) => void
  /** Asks a person, and shows nothing of the answer. @throws UsageError without a terminal */
  ask: (question: string) => Promise<string>
  /** Whether somebody sits there. */
  terminal?: boolean
}

export type HostCredentials = Credentials & { become?: Secret }

/**
 * What logins need beside keys: read, or asked for, once a host. Of hosts to go through or to delegate to as well.
 * @throws UsageError for a secret that is missing, or a question without a terminal
 */
export function credentialsOf({
  askPassword,
  askBecome,
  secret,
  open,
  learn,
  ask,
  terminal = process.stdin.isTTY,
}: CredentialOptions): (host: Reachable) => Promise<HostCredentials> {
  const asked = new Map<string, Secret>()
  const once = async (question: string, label: string): Promise<Secret> => {
    const known = asked.get(question)
    if (known) return known
    const given = new Secret(await ask(question), label)
    learn(given)
    asked.set(question, given)
    return given
  }
  const read = async ({ name, connection, become, target, secrets }: Reachable): Promise<HostCredentials> => {
    await open(secrets)
    const program = connection === 'openssh' || (connection === 'ssh' && target.needsOpenssh !== undefined)
    if (secrets.password && program)
      throw new UsageError(
        `${name}: the ssh program takes no password from us${connection === 'ssh' ? `, and it is needed here: ${target.needsOpenssh!}` : ''}`,
        { hint: `Use a key${connection === 'ssh' ? '' : ', or `connection: ssh`'}.` },
      )
    const library = connection === 'ssh' && !program
    const given: HostCredentials = {
      ...(secrets.password && { password: secret(secrets.password, `password of ${name}`) }),
      ...(secrets.passphrase && { passphrase: secret(secrets.passphrase, `passphrase of ${name}`) }),
      ...(secrets.become && become === 'sudo' && { become: secret(secrets.become, `sudo password of ${name}`) }),
    }
    if (askPassword && library && !given.password) given.password = await once('Login password: ', 'login password')
    if (askBecome && become === 'sudo' && !given.become) given.become = await once('sudo password: ', 'sudo password')
    const locked = terminal && library && !given.passphrase && !given.password ? await lockedKeys(target) : []
    const passphrases = new Map<string, Secret>()
    for (const path of locked) passphrases.set(path, await once(`Passphrase of ${path}: `, `passphrase of ${path}`))
    return locked.length > 0 ? { ...given, passphrases } : given
  }
  const found = new Map<string, Promise<HostCredentials>>()
  // One question at a time.
  let last: Promise<unknown> = Promise.resolve()
  return (host) => {
    const known = found.get(host.name)
    if (known) return known
    const given = last.then(() => read(host))
    last = given.catch(() => undefined)
    found.set(host.name, given)
    return given
  }
}
