import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import * as library from 'age-encryption'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import {
  addIdentity,
  decryptFile,
  encrypt,
  identities,
  identityFile,
  makeIdentity,
  ownRecipients,
} from '../../../runner/secret/age.ts'

let folder: string
let file: string
const refused = async (work: () => unknown): Promise<string[]> => {
  try {
    await work()
  } catch (error) {
    return explain(error)
  }
  throw new Error('it was taken')
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-'))
  file = join(folder, 'deep/er/age.key')
  vi.stubEnv('CUTOVER_AGE_KEY', undefined)
  vi.stubEnv('CUTOVER_AGE_KEY_FILE', file)
})
afterEach(() => vi.unstubAllEnvs())

describe('the identity file', () => {
  it('is named by CUTOVER_AGE_KEY_FILE, or is in the configuration of the user', () => {
    expect(identityFile()).toBe(file)
    vi.stubEnv('CUTOVER_AGE_KEY_FILE', undefined)
    vi.stubEnv('XDG_CONFIG_HOME', '/xdg')
    expect(identityFile()).toBe('/xdg/cutover/age.key')
    vi.stubEnv('XDG_CONFIG_HOME', undefined)
    expect(identityFile()).toBe(`${homedir()}/.config/cutover/age.key`)
  })

  it('is made for its owner alone, and never over another one', async () => {
    const recipient = await makeIdentity(file)
    expect(recipient).toMatch(/^age1[a-z0-9]+$/)
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^# public key: ${recipient}\nAGE-SECRET-KEY-1[A-Z0-9]+\n$`))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
    expect(await ownRecipients()).toEqual([recipient])
    expect((await refused(() => makeIdentity(file)))[0]).toContain('EEXIST')
  })

  it('gets a new identity before the old one', async () => {
    const old = await makeIdentity(file)
    writeFileSync(`${file}.new`, 'left by a run that was interrupted')
    await addIdentity(file)
    const recipients = await ownRecipients()
    expect(recipients).toHaveLength(2)
    expect(recipients[1]).toBe(old)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('that does not exist gets no identity', async () => {
    expect(await refused(() => addIdentity(file))).toEqual([
      `there is no file ${file} to add an identity to`,
      'In CI the identity comes from CUTOVER_AGE_KEY: rotate on the machine that has the identity file.',
    ])
  })
})

describe('the identities', () => {
  it('are the lines of CUTOVER_AGE_KEY, without comments, before those of the file', async () => {
    await makeIdentity(file)
    vi.stubEnv('CUTOVER_AGE_KEY', '# mine\n  AGE-SECRET-KEY-1A \n\nAGE-SECRET-KEY-1B\n')
    expect(identities()).toEqual(['AGE-SECRET-KEY-1A', 'AGE-SECRET-KEY-1B'])
  })

  it('that are missing are asked for where they were looked for', async () => {
    const hint = 'Make one: npx tsx tools/secrets.ts keygen. In CI, set CUTOVER_AGE_KEY.'
    expect(await refused(identities)).toEqual([`there is no age identity in ${file}`, hint])
    vi.stubEnv('CUTOVER_AGE_KEY', 'x AGE-SECRET-KEY-1A')
    expect(await refused(identities)).toEqual(['there is no age identity in CUTOVER_AGE_KEY', hint])
  })
})

describe('a text', () => {
  it('is encrypted in ASCII armour, and decrypted with one of the identities', async () => {
    const recipient = await makeIdentity(file)
    await addIdentity(file)
    const path = join(folder, 'x.age')
    writeFileSync(path, await encrypt('tëxt\n', [recipient]))
    expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    expect(await decryptFile(path)).toBe('tëxt\n')
  })

  it('is decrypted without armour, too', async () => {
    const encrypter = new library.Encrypter()
    encrypter.addRecipient(await makeIdentity(file))
    const path = join(folder, 'x.age')
    writeFileSync(path, await encrypter.encrypt('text'))
    expect(await decryptFile(path)).toBe('text')
  })

  it('is not encrypted to a recipient that is not valid', async () => {
    const lines = await refused(() => encrypt('text', ['age1nonsense']))
    expect(lines[0]).toMatch(/^'age1nonsense' is not a valid age recipient: ./)
    expect(lines.at(-1)).toBe('A recipient is the public key that keygen prints; it begins with age1.')
  })

  it('is not decrypted with another identity, nor without a file', async () => {
    const path = join(folder, 'x.age')
    writeFileSync(path, await encrypt('text', [await makeIdentity(join(folder, 'other.key'))]))
    await makeIdentity(file)
    const lines = await refused(() => decryptFile(path))
    expect(lines[0]).toMatch(new RegExp(`^${path} cannot be decrypted: .`))
    expect(lines.at(-1)).toBe(
      'Is it encrypted to you? Somebody who can read it can add your recipient: npx tsx tools/secrets.ts rotate FILE --add age1…',
    )
    expect(await refused(() => decryptFile('/nowhere.age'))).toEqual(['there is no file /nowhere.age'])
  })
})
