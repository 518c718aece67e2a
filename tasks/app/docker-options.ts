import { readFileSync } from 'node:fs'
import { type Play, UsageError } from '../../runner/index.ts'
import type { DockerOptions } from '../docker/index.ts'
import type { Settings } from './settings.ts'

/**
 * The Docker of a host as the inventory has it. A key that is a file is read at once.
 * @throws UsageError for a key that is not there, or is none
 */
export function dockerOptions(
  { docker }: Pick<Settings, 'docker'>,
  { path }: Pick<Play<unknown>, 'path'>,
): Omit<DockerOptions, 'user' | 'tell'> {
  const { source, packages, version, live_restore: liveRestore, repository: address, key, fingerprint } = docker
  const isFile = key !== undefined && !/^https?:/.test(key)
  const repository = { address, key: isFile ? readKey(path(key)) : key, fingerprint }
  return { source, packages, version, liveRestore, repository }
}

/** The key in ASCII armor, of a file as gpg exports it, armored or not. */
function readKey(path: string): string {
  let bytes
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new UsageError(`there is no key ${path}`, { cause, hint: 'Fix `docker: { key: FILE }` in the inventory.' })
  }
  const text = bytes.toString('latin1')
  if (text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) return text
  // The first byte of a packet of OpenPGP has its highest bit set; no text has.
  if ((bytes[0] ?? 0) >= 0x80)
    return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${bytes.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----\n`
  throw new UsageError(`${path} is not a public key`, {
    hint: 'It is what the repository serves as linux/debian/gpg, or what gpg --armor --export prints.',
  })
}
