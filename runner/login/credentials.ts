import { type Credentials, lockedKeys } from '../connection/index.ts'
import { UsageError } from '../errors.ts'
import type { Reachable } from '../inventory/index.ts'
import { Secret, type SecretReference } from '../secret/index.ts'

export interface CredentialOptions {
  /** Ask for a login password, or for sudo's, where the inventory has none. */
  askPassword: boolean
  askBecome: boolean
  secret: (reference: SecretReference, label: string) => Secret
  /**
   * Decrypts the files that these references need. For hosts that only others go through, nobody has done so before.
   */
  open: (references: Reachable['secrets']) => Promise<void>
  /** Asks a person, without showing the answer. @throws UsageError without a terminal */
  ask: (question: string) => Promise<string>
  /** Whether there is a person at a terminal. */
  terminal?: boolean
}

export type HostCredentials = Credentials & { become?: Secret }

/**
 * What logins need beside keys: read from the inventory or asked for, once for each host. This includes hosts that
 * others go through or delegate to.
 * @throws UsageError for a secret that is missing, or a question without a terminal
 */
export function credentialsOf({
  askPassword,
  askBecome,
  secret,
  open,
  ask,
  terminal = process.stdin.isTTY,
}: CredentialOptions): (host: Reachable) => Promise<HostCredentials> {
  const asked = new Map<string, Secret>()
  const once = async (question: string, label: string): Promise<Secret> => {
    const known = asked.get(question)
    if (known) return known
    const answer = new Secret(await ask(question), label)
    asked.set(question, answer)
    return answer
  }
  const read = async ({ name, connection, become, target, secrets }: Reachable): Promise<HostCredentials> => {
    await open(secrets)
    const reason = connection === 'ssh' ? target.needsOpenssh : undefined
    const usesProgram = connection === 'openssh' || reason !== undefined
    if (secrets.password && usesProgram)
      throw new UsageError(
        `${name}: the ssh program takes no password from us${reason === undefined ? '' : `, and it is needed here: ${reason}`}`,
        { hint: `Use a key${reason === undefined ? ', or `connection: ssh`' : ''}.` },
      )
    const usesLibrary = connection === 'ssh' && !usesProgram
    const credentials: HostCredentials = {
      ...(secrets.password && { password: secret(secrets.password, `password of ${name}`) }),
      ...(secrets.passphrase && { passphrase: secret(secrets.passphrase, `passphrase of ${name}`) }),
      ...(secrets.become && become === 'sudo' && { become: secret(secrets.become, `sudo password of ${name}`) }),
    }
    if (askPassword && usesLibrary && !credentials.password)
      credentials.password = await once('Login password: ', 'login password')
    if (askBecome && become === 'sudo' && !credentials.become)
      credentials.become = await once('sudo password: ', 'sudo password')
    const locked =
      terminal && usesLibrary && !credentials.passphrase && !credentials.password ? await lockedKeys(target) : []
    const passphrases = new Map<string, Secret>()
    for (const path of locked) passphrases.set(path, await once(`Passphrase of ${path}: `, `passphrase of ${path}`))
    return locked.length > 0 ? { ...credentials, passphrases } : credentials
  }
  const byHost = new Map<string, Promise<HostCredentials>>()
  // One question at a time.
  let previous: Promise<unknown> = Promise.resolve()
  return (host) => {
    const known = byHost.get(host.name)
    if (known) return known
    const credentials = previous.then(() => read(host))
    previous = credentials.catch(() => undefined)
    byHost.set(host.name, credentials)
    return credentials
  }
}
