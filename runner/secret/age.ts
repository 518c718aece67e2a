import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { message, UsageError } from '../errors.ts'

/** Where this person's age identity lies: CUTOVER_AGE_KEY_FILE, or ~/.config/cutover/age.key. */
export const identityFile = (): string =>
  process.env.CUTOVER_AGE_KEY_FILE ?? join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'cutover/age.key')

/** The identities to try: CUTOVER_AGE_KEY (for CI), else the identity file's, one a line. @throws UsageError */
export function identities(): string[] {
  const text =
    process.env.CUTOVER_AGE_KEY ?? (existsSync(identityFile()) ? readFileSync(identityFile(), 'utf8') : undefined)
  const found =
    text
      ?.split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('AGE-SECRET-KEY-')) ?? []
  if (found.length > 0) return found
  throw new UsageError(
    `there is no age identity in ${process.env.CUTOVER_AGE_KEY !== undefined ? 'CUTOVER_AGE_KEY' : identityFile()}`,
    {
      hint: 'Make one: npx tsx playbooks/secrets.ts keygen. In CI, set CUTOVER_AGE_KEY.',
    },
  )
}

/** Makes an identity, in a file that only its owner reads. @returns its recipient: what others encrypt to */
export async function makeIdentity(file: string): Promise<string> {
  const age = await import('age-encryption')
  const identity = await age.generateX25519Identity()
  const recipient = await age.identityToRecipient(identity)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `# public key: ${recipient}\n${identity}\n`, { mode: 0o600, flag: 'wx' })
  return recipient
}

/** Makes another identity, and puts it before those of a file. @throws UsageError where there is no such file: a new identity there would stand alone */
export async function addIdentity(file: string): Promise<void> {
  if (!existsSync(file))
    throw new UsageError(`there is no ${file} to which an identity could be added`, {
      hint: 'In CI the identity comes from CUTOVER_AGE_KEY: rotate where you keep its file.',
    })
  const fresh = `${file}.new`
  rmSync(fresh, { force: true })
  await makeIdentity(fresh)
  appendFileSync(fresh, readFileSync(file))
  renameSync(fresh, file)
}

/** The recipients of this person's identities, the newest first. @throws UsageError */
export async function ownRecipients(): Promise<string[]> {
  const age = await import('age-encryption')
  return Promise.all(identities().map((identity) => age.identityToRecipient(identity)))
}

/** A text, encrypted to some recipients, in age's armour: diffs and mail bear it. @throws UsageError for a recipient that is none */
export async function encrypt(text: string, recipients: readonly string[]): Promise<string> {
  const age = await import('age-encryption')
  const encrypter = new age.Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      throw new UsageError(`'${recipient}' is no age recipient: ${message(cause)}`, {
        cause,
        hint: 'A recipient begins with age1: it is the public key that keygen prints.',
      })
    }
  }
  return age.armor.encode(await encrypter.encrypt(text))
}

/** The text of an age-encrypted file, armoured or not. @throws UsageError if no identity opens it */
export async function decryptFile(path: string): Promise<string> {
  const age = await import('age-encryption')
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
  const content = readFileSync(path)
  const decrypter = new age.Decrypter()
  for (const identity of identities()) decrypter.addIdentity(identity)
  try {
    const armoured = content.toString('latin1').startsWith('-----BEGIN AGE')
    return await decrypter.decrypt(armoured ? age.armor.decode(content.toString()) : content, 'text')
  } catch (cause) {
    throw new UsageError(`${path} can't be decrypted: ${message(cause)}`, {
      cause,
      hint: 'Is it encrypted to you? Somebody who can read it adds your recipient: npx tsx playbooks/secrets.ts rotate FILE --add age1…',
    })
  }
}
