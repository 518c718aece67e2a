import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { commandLine } from '../command-line.ts'
import { message, UsageError } from '../errors.ts'

/** The file with the user's age identities: CUTOVER_AGE_KEY_FILE, or ~/.config/cutover/age.key. */
export const identityFile = (): string =>
  process.env.CUTOVER_AGE_KEY_FILE ?? join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'cutover/age.key')

/**
 * The identities to decrypt with, one per line of CUTOVER_AGE_KEY (for CI) or else of the identity file.
 * @throws UsageError if there are none
 */
export function identities(): string[] {
  const text =
    process.env.CUTOVER_AGE_KEY ?? (existsSync(identityFile()) ? readFileSync(identityFile(), 'utf8') : undefined)
  const lines =
    text
      ?.split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('AGE-SECRET-KEY-')) ?? []
  if (lines.length > 0) return lines
  throw new UsageError(
    `there is no age identity in ${process.env.CUTOVER_AGE_KEY !== undefined ? 'CUTOVER_AGE_KEY' : identityFile()}`,
    {
      hint: `Make one: ${commandLine('secrets', 'keygen')}. In CI, set CUTOVER_AGE_KEY.`,
    },
  )
}

/**
 * Makes an identity in a new file that only its owner can read.
 * @returns its recipient: the public key that others encrypt to
 */
export async function makeIdentity(file: string): Promise<string> {
  const age = await import('age-encryption')
  const identity = await age.generateX25519Identity()
  const recipient = await age.identityToRecipient(identity)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `# public key: ${recipient}\n${identity}\n`, { mode: 0o600, flag: 'wx' })
  return recipient
}

/**
 * Makes another identity, and puts it before those of a file.
 * @throws UsageError if the file does not exist, because the older identities would be missing from the new file
 */
export async function addIdentity(file: string): Promise<void> {
  if (!existsSync(file))
    throw new UsageError(`there is no file ${file} to add an identity to`, {
      hint: 'In CI the identity comes from CUTOVER_AGE_KEY: rotate on the machine that has the identity file.',
    })
  const temporary = `${file}.new`
  rmSync(temporary, { force: true })
  await makeIdentity(temporary)
  appendFileSync(temporary, readFileSync(file))
  renameSync(temporary, file)
}

/** The recipients of the user's identities, the newest first. @throws UsageError if there are none */
export async function ownRecipients(): Promise<string[]> {
  const age = await import('age-encryption')
  return Promise.all(identities().map((identity) => age.identityToRecipient(identity)))
}

/**
 * Encrypts a text to some recipients. The result is age's ASCII armour, which can be kept in a repository or mailed.
 * @throws UsageError for a recipient that is not valid
 */
export async function encrypt(text: string, recipients: readonly string[]): Promise<string> {
  const age = await import('age-encryption')
  const encrypter = new age.Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      throw new UsageError(`'${recipient}' is not a valid age recipient: ${message(cause)}`, {
        cause,
        hint: 'A recipient is the public key that keygen prints; it begins with age1.',
      })
    }
  }
  return age.armor.encode(await encrypter.encrypt(text))
}

/**
 * The text of an age-encrypted file, with or without ASCII armour.
 * @throws UsageError if the file does not exist, or none of the user's identities can decrypt it
 */
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
    throw new UsageError(`${path} cannot be decrypted: ${message(cause)}`, {
      cause,
      hint:
        'Is it encrypted to you? Somebody who can read it can add your recipient: ' +
        commandLine('secrets', 'rotate', 'FILE', '--add', 'age1…'),
    })
  }
}
