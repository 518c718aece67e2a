import { closestTo, CutoverError, type Host, quote, UsageError } from '../../runner/index.ts'
import { type App, tag } from '../app/index.ts'
import { paths } from '../paths.ts'
import { registryTrouble } from './registry-trouble.ts'

/** What to release: a tag whose digest is known. */
export interface ReleaseTarget {
  tag: string
  digest: string
  /** The image came from the operator's Docker, and `digest` is its id. */
  from?: 'docker'
  /**
   * Of a release that was live before: the port that its image listens on, and its health path. Default: the app's
   * settings.
   */
  port?: number
  path?: string
}

/** The app's current settings, with the port and health path that the target was released with: these are its image's. */
export const asReleased = (
  app: App,
  { port = app.port, path = app.health.path }: Pick<ReleaseTarget, 'port' | 'path'>,
): App => ({ ...app, port, health: { ...app.health, path } })

/**
 * The digest of the tag that the poller follows; null if the registry does not say, or the connection is lost. It is asked
 * beside the other commands: a release does not wait for it, least of all a rollback while the registry is away.
 */
export const followedDigest = (host: Host, app: App): Promise<string | null> => askFollowed(host, app).catch(() => null)

async function askFollowed(host: Host, app: App): Promise<string | null> {
  const words = [`${paths.program}/digest.sh`, app.image, app.follow]
  // sshd may allow no further channel (MaxSessions).
  const asking = await host.spawn(`${words.map(quote).join(' ')} 2>/dev/null`).catch(() => null)
  if (asking === null) {
    const { stdout, exitCode } = await host.$({ nothrow: true })`${words} 2>/dev/null`
    return exitCode === 0 ? stdout.trim() : null
  }
  const digest = await asking.line()
  await asking.end()
  return digest
}

/** Checks, before any host is asked, that what a person typed is a tag, and returns it. @throws UsageError */
export function tagNamed(text: string): string {
  const { success, error } = tag.safeParse(text)
  if (success) return text
  const lastPart = text.includes('@') ? undefined : /:([^:/]+)$/.exec(text.trim())?.[1]
  const hint = text.includes('sha256:')
    ? 'A release is named by its tag; its digest is asked of the registry.'
    : lastPart === undefined
      ? undefined
      : `The image is in the inventory; the tag alone: ${lastPart}`
  throw new UsageError(`'${text}' is not a valid tag: ${error.issues.map(({ message }) => message).join('; ')}`, {
    hint,
  })
}

/** What a release is called whose image a Docker knows by this name: its tag or, if it is named by its id, a part of that. */
export function tagOfImage(reference: string): string {
  const [, given] = /:([^:/@]+)$/.exec(reference.replace(/@?sha256:[0-9a-f]+$/, '')) ?? []
  if (given !== undefined) return given
  const id = /(?:^|sha256:)([0-9a-f]{12,64})$/.exec(reference)?.[1]
  return id === undefined ? 'latest' : `id-${id.slice(0, 12)}`
}

/**
 * Asks the registry, from a host, for the digest of a tag, and whether the image may be released there.
 * @throws CutoverError with the messages of digest.sh and curl, or if the image is not signed as the app wants it
 */
export async function resolveTag(host: Host, app: App, tagName: string): Promise<ReleaseTarget> {
  const ended = await host.$({ nothrow: true })`${[`${paths.program}/digest.sh`, app.image, tagName]}`
  const { exitCode, stdout, stderr } = ended
  if (exitCode === 0) {
    const target = { tag: tagName, digest: stdout.trim() }
    await verifySigned(host, app, target)
    return target
  }
  const name = `${app.image}:${tagName}`
  if (exitCode !== 4) throw registryTrouble(host, app, ended, name)
  const [, advice = ''] = stderr.trim().split('\n')
  throw new CutoverError(`the registry has no ${name}`, {
    hint: [advice, ...suggestions(tagName, await tagsOf(host, app))].filter(Boolean).join('\n'),
  })
}

/**
 * Checks that the image of a target is signed by one of the app's keys, if it has any.
 * @throws CutoverError if not, or if the registry does not say
 */
export async function verifySigned(host: Host, app: App, target: ReleaseTarget): Promise<void> {
  if (app.verify) await (await import('./signature/signed.ts')).verifySignature(host, app, app.verify, target)
}

/** The tags that the registry has; none if it does not list them. */
async function tagsOf(host: Host, app: App): Promise<string[]> {
  const { stdout, exitCode } = await host.$({ nothrow: true })`${[`${paths.program}/tags.sh`, app.image]} 2>/dev/null`
  return exitCode === 0 ? parseTags(stdout) : []
}

/** The tags in the pages that tags.sh printed, one JSON object a line. Other lines are ignored. */
export function parseTags(stdout: string): string[] {
  return stdout.split('\n').flatMap((line) => {
    try {
      const { tags } = JSON.parse(line) as { tags?: unknown }
      return Array.isArray(tags) ? tags.filter((each) => typeof each === 'string') : []
    } catch {
      return []
    }
  })
}

const order = new Intl.Collator('en', { numeric: true })
const isVersion = (tag: string): boolean => /^v?\d+(\.\d+)*$/.test(tag)
/** Whether a tag may be a release: signatures and attestations are stored under tags too. */
const isForPeople = (tag: string): boolean => !/^sha(256|512)-[0-9a-f]{32,}/.test(tag)

/**
 * A hint, or none, that names what the registry has instead: a tag with a similar name, and the newest one by the order
 * of versions (a registry gives no dates).
 */
export function suggestions(tagName: string, all: readonly string[]): string[] {
  const tags = all.filter(isForPeople)
  const versions = tags.filter(isVersion)
  const newest = (versions.length > 0 ? versions : tags).toSorted((a, b) => order.compare(a, b)).at(-1)
  if (newest === undefined) return []
  const candidates = /^v?\d/i.test(tagName) && versions.length > 0 ? versions : tags
  const near = closestTo(tagName, candidates)
  return [
    `${near === undefined ? '' : `Did you mean '${near}'? `}The newest that it has is ${newest} (by the order of versions).`,
  ]
}
