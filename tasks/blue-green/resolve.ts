import { closestTo, CutoverError, type Host, UsageError } from '../../runner/index.ts'
import { type App, tag } from '../app/index.ts'
import { paths } from '../paths.ts'

/** What to release: a tag whose digest is known. */
export interface ReleaseTarget {
  tag: string
  digest: string
  /** Of a release that was live before: where its image listens, and its health path. Default: the app's settings. */
  port?: number
  path?: string
}

/** The digest of the tag that the poller follows; null where the registry does not say. */
export async function followedDigest(host: Host, app: App): Promise<string | null> {
  const { stdout, exitCode } = await host.$({
    nothrow: true,
  })`${[`${paths.program}/digest.sh`, app.image, app.follow]} 2>/dev/null`
  return exitCode === 0 ? stdout.trim() : null
}

/** What digest.sh's exit status means, before its own words. */
const failures: Readonly<Record<number, (name: string) => string>> = {
  6: (name) => `the registry refused to say what ${name} is`,
  7: (name) => `the registry can't say now what ${name} is`,
  8: (name) => `the registry of ${name} is not trusted`,
  9: (name) => `this host can't ask what ${name} is`,
}

/** What a person names as a tag. @throws UsageError, before any host is asked, for what is none */
export function tagNamed(text: string): string {
  const { success, error } = tag.safeParse(text)
  if (success) return text
  const last = text.includes('@') ? undefined : /:([^:/]+)$/.exec(text.trim())?.[1]
  const hint = text.includes('sha256:')
    ? 'A release is named by its tag; its digest is asked of the registry.'
    : last === undefined
      ? undefined
      : `The image is in the inventory; the tag alone: ${last}`
  throw new UsageError(`'${text}' is no tag: ${error.issues[0]!.message}`, { hint })
}

/** The digest that the registry has for a tag, asked from a host. @throws CutoverError with the registry's and curl's own last words */
export async function resolveTag(host: Host, app: App, named: string): Promise<ReleaseTarget> {
  const { exitCode, stdout, stderr } = await host.$({
    nothrow: true,
  })`${[`${paths.program}/digest.sh`, app.image, named]}`
  if (exitCode === 0) return { tag: named, digest: stdout.trim() }
  const name = `${app.image}:${named}`
  if (exitCode === 127)
    throw new CutoverError(`${app.name} is not set up on ${host.name}`, {
      hint: 'Run setup first: npx tsx playbooks/setup.ts',
    })
  const [what = 'it says nothing', mend = '', ...said] = stderr.trim().split('\n')
  const hint = (more: readonly string[]): string => [mend, ...more].filter(Boolean).join('\n')
  if (exitCode === 4)
    throw new CutoverError(`the registry has no ${name}`, { hint: hint(suggestions(named, await tagsOf(host, app))) })
  const failure =
    (exitCode === null ? undefined : failures[exitCode]) ?? ((its: string) => `the registry does not answer for ${its}`)
  throw new CutoverError(`${failure(name)}: ${what}`, { hint: hint([...said, 'The running release is untouched.']) })
}

/** The tags that the registry has; none where it keeps them to itself. */
async function tagsOf(host: Host, app: App): Promise<string[]> {
  const { stdout, exitCode } = await host.$({ nothrow: true })`${[`${paths.program}/tags.sh`, app.image]} 2>/dev/null`
  return exitCode === 0 ? parseTags(stdout) : []
}

/** The tags in the pages that tags.sh printed, a line each. What is no such page is passed over. */
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
/** Signatures and attestations are tags too, and nobody's release. */
const isForPeople = (tag: string): boolean => !/^sha(256|512)-[0-9a-f]{32,}/.test(tag)

/** What the registry has instead: a tag whose name is near, and the newest by the order of versions (a registry gives no dates). */
export function suggestions(named: string, all: readonly string[]): string[] {
  const tags = all.filter(isForPeople)
  if (tags.length === 0) return []
  const versions = tags.filter(isVersion)
  const newest = (versions.length > 0 ? versions : tags).toSorted((a, b) => order.compare(a, b)).at(-1)!
  const kin = /^v?\d/i.test(named) && versions.length > 0 ? versions : tags
  const near = closestTo(named, kin)
  return [
    `${near === undefined ? '' : `Did you mean '${near}'? `}The newest that it has is ${newest} (by the order of versions).`,
  ]
}
