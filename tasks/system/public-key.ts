import { UsageError } from '../../runner/index.ts'

/** One key of an authorized_keys file. */
export interface PublicKey {
  /** Options, type, key and comment, as they are written. */
  line: string
  /** Type and key: what tells it from others. */
  id: string
}

const types = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]

/** Blanks end the options, but not within double quotes, in which \" is a quote. */
const options = /^(?:[^\s"]|"(?:\\"|[^"])*")+[ \t]+/

/** A line of an authorized_keys file; null if it is no key that sshd takes: a comment, an empty line, a mistake. */
export function parseKey(given: string): PublicKey | null {
  const line = given.trim()
  if (line === '' || line.startsWith('#')) return null
  return keyIn(line, line) ?? keyIn(line.replace(options, ''), line)
}

function keyIn(text: string, line: string): PublicKey | null {
  const [type = '', key = ''] = text.split(/[ \t]+/)
  if (!types.includes(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return null
  // The key itself begins with its type, after four bytes with the type's length.
  const bytes = Buffer.from(key, 'base64')
  const isOfType = bytes.length > type.length + 8 && bytes.readUInt32BE(0) === type.length
  return isOfType && bytes.subarray(4, 4 + type.length).toString() === type ? { line, id: `${type} ${key}` } : null
}

/**
 * The keys of texts of one or several lines, such as the content of a `.pub` file. Comments and empty lines are left
 * out.
 * @throws UsageError for a line that is no key
 */
export function parseKeys(user: string, texts: readonly string[]): PublicKey[] {
  const lines = texts.flatMap((text) => text.split(/\r?\n/)).filter((line) => /^[ \t]*[^#\s]/.test(line))
  const keys = lines.map((line, index) => parseKey(line) ?? refuse(user, line, index, texts))
  const twice = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) !== index)
  if (twice)
    throw new UsageError(`keys of ${user}: a key is named twice`, { hint: `Remove one of them: ${shown(twice.line)}` })
  return keys
}

function refuse(user: string, line: string, index: number, texts: readonly string[]): never {
  if (texts.some((text) => text.includes('PRIVATE KEY')))
    throw new UsageError(`keys of ${user}: that is a private key`, {
      hint: 'Give the public one, the file that ends with .pub.',
    })
  throw new UsageError(`keys of ${user}: line ${index + 1} is no public key: ${shown(line)}`, {
    hint: 'It has the form of a .pub file, with options before it if you like: ssh-ed25519 AAAA… comment',
  })
}

/** Enough to recognise a line by. */
const shown = (line: string): string => (line.length > 24 ? `${line.slice(0, 24)}…` : line)
