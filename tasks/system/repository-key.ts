import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CutoverError, message, UnsafeError } from '../../runner/index.ts'
import { parseFingerprint, parseKeys, type PublicKeys } from './open-pgp.ts'

/** The key of a repository, as its options name it. */
export interface KeyOptions {
  key?: string | URL
  fingerprint?: string | readonly string[]
}

/** Gives the keys that are wanted, when it is known what is on the host. */
export type KeySource = (onHost: string | null) => Promise<PublicKeys>

/** Where the key comes from. One that needs no network is read and compared now. @throws CutoverError */
export function keySource({ key, fingerprint }: KeyOptions): KeySource | undefined {
  const fingerprints = listOf(fingerprint).map(parseFingerprint)
  if (key === undefined) {
    if (fingerprints.length > 0) throw new CutoverError('there is a fingerprint, and no key', { hint: 'Name the key.' })
    return undefined
  }
  const text = String(key)
  if (/^https?:/.test(text)) {
    if (fingerprints.length === 0)
      throw new CutoverError(`the key at ${text} needs a fingerprint`, {
        hint: 'Whoever serves the key could change it. The documents of the repository name its fingerprint.',
      })
    return fetchedKey(text, fingerprints)
  }
  const keys = parseKeys(text.includes('-----BEGIN PGP') ? text : readLocal(text))
  compareFingerprints(keys, fingerprints, 'the key')
  return () => Promise.resolve(keys)
}

function readLocal(path: string): Buffer {
  const local = path.startsWith('file:') ? fileURLToPath(path) : path
  if (!isAbsolute(local))
    throw new CutoverError(`the key's path is not absolute: ${local}`, {
      hint: "Name a file beside the playbook by new URL('NAME.asc', import.meta.url).",
    })
  try {
    return readFileSync(local)
  } catch (error) {
    throw new CutoverError(`the key can't be read: ${message(error)}`, { cause: error })
  }
}

/** @throws UnsafeError if the keys are others than the fingerprints say */
function compareFingerprints(keys: PublicKeys, fingerprints: readonly string[], what: string): void {
  if (fingerprints.length === 0) return
  const { fingerprints: found } = keys
  if (sameTexts(found, fingerprints)) return
  throw new UnsafeError(`${what} has the fingerprint ${found.join(', ')}, not ${fingerprints.join(', ')}`, {
    hint: 'Compare it with what the documents of the repository say. Each key in it must be named.',
  })
}

const sameTexts = (some: readonly string[], others: readonly string[]): boolean =>
  [...new Set(some)].sort().join() === [...new Set(others)].sort().join()

/**
 * A key that is fetched once for all hosts. If that fails, a key that is on the host and has the fingerprints is right.
 */
function fetchedKey(url: string, fingerprints: readonly string[]): KeySource {
  let fetched: Promise<PublicKeys> | undefined
  return async (onHost) => {
    fetched ??= fetchKey(url).catch((error: unknown) => {
      fetched = undefined
      throw error
    })
    try {
      const keys = await fetched
      compareFingerprints(keys, fingerprints, `the key at ${url}`)
      return keys
    } catch (error) {
      if (onHost === null || error instanceof UnsafeError || !sameTexts(fingerprintsIn(onHost), fingerprints))
        throw error
      return parseKeys(onHost)
    }
  }
}

async function fetchKey(url: string): Promise<PublicKeys> {
  const failed = (reason: string, cause?: unknown): CutoverError =>
    new CutoverError(`this machine can't fetch the key at ${url}: ${reason}`, {
      cause,
      hint: 'Or save it beside the playbook, and name the file as the key.',
    })
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch((error: unknown) => {
    throw failed(message(error), error)
  })
  if (!response.ok) throw failed(`HTTP ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  try {
    return parseKeys(bytes)
  } catch (error) {
    throw failed(message(error), error)
  }
}

/** The keys in a file of a host; none if it has something else. */
export function fingerprintsIn(file: string | null): string[] {
  try {
    return file === null ? [] : parseKeys(file).fingerprints
  } catch {
    return []
  }
}

/** Whether keys are those that some fingerprints name. @throws CutoverError for a fingerprint that is none */
export const sameFingerprints = (found: readonly string[], wanted?: string | readonly string[]): boolean =>
  sameTexts(found, listOf(wanted).map(parseFingerprint))

/** What is one or several, as a list. */
export const listOf = (value: string | readonly string[] = []): readonly string[] =>
  typeof value === 'string' ? [value] : value
