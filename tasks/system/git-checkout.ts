import { CutoverError, type HostView, MissingError, UnsafeError } from '../../runner/index.ts'
import { lastWords, runAs } from './git-command.ts'

export interface GitSource {
  /** A URL, `user@host:path`, or a path on the host. */
  repository: string
  /** A tag, a branch (also as `refs/…`), or all 40 digits of a commit. */
  ref: string
  /** The user as whom git runs, and to whom a new folder belongs. Default: the user that commands run as. */
  user?: string
}

/** What is in a folder now. */
export interface Checkout {
  kind: 'nothing' | 'empty' | 'checkout'
  /** The URL of its `origin`. */
  repository?: string
  commit?: string
  branch?: string
  /** The files of the repository that were changed in the folder. */
  changes: readonly string[]
  /** The commit is neither one of the repository nor one that was checked out by us. */
  isLocal?: boolean
}

/** Prints a line with what is at the path `$1`, and one for each thing that is missing. `$2` is a user, or empty. */
const placeScript = `path=$1
command -v git >/dev/null || echo 'missing git'
[ -d "\${path%/*}/" ] || echo 'missing folder'
if [ -n "$2" ]; then getent passwd "$2" >/dev/null || echo 'missing user'; fi
if [ -e "$path"/.git ]; then echo checkout
elif [ -d "$path" ]; then if [ -z "$(ls -A -- "$path")" ]; then echo empty; else echo folder; fi
elif [ -e "$path" ] || [ -L "$path" ]; then echo file
else echo nothing
fi`

/** Prints what is checked out in the folder `$1`, and changes nothing, not even the index. */
const checkoutScript = `cd -- "$1"
git rev-parse --git-dir >/dev/null
url=$(git config --get remote.origin.url) && echo "repository $url"
branch=$(git symbolic-ref -q --short HEAD) && echo "branch $branch"
commit=$(git rev-parse -q --verify 'HEAD^{commit}') || exit 0
echo "commit $commit"
[ -z "$(git rev-list -n 1 "$commit" --not --remotes --tags --glob='refs/cutover/*')" ] || echo 'local yes'
git --no-optional-locks status --porcelain --untracked-files=no >/dev/null
git --no-optional-locks -c core.quotePath=false status --porcelain --untracked-files=no | sed 's/^.../change /'`

/**
 * Looks at the folder of a checkout.
 * @throws MissingError if git, a user or the folder that it is in is not there; UnsafeError if something else is there
 */
export async function lookAtCheckout(host: HostView, to: string, { user }: GitSource): Promise<Checkout> {
  const { stdout } = await host.quiet`${['sh', '-euc', placeScript, 'sh', to, user ?? '']}`
  const lines = stdout.trim().split('\n')
  verifyNothingIsMissing(lines, to, user)
  const kind = lines.at(-1)
  if (kind === 'nothing' || kind === 'empty') return { kind, changes: [] }
  if (kind !== 'checkout')
    throw new UnsafeError(`${to} is a ${kind === 'folder' ? 'folder with files that are no checkout' : 'file'}`, {
      hint: 'Name a folder of its own, or move away what is there.',
    })
  const output = await runAs(host, user, ['sh', '-euc', checkoutScript, 'sh', to])
  if (output.exitCode === 0) return parseCheckout(output.stdout)
  if (output.stderr.includes('dubious ownership'))
    throw new UnsafeError(`${to} belongs to another user than the one that git runs as`, {
      hint: `Name its owner: git('${to}', { …, user }). See: ls -ld ${to}`,
    })
  throw new CutoverError(`git could not read ${to}: ${lastWords(output.stderr)}`)
}

function verifyNothingIsMissing(lines: readonly string[], to: string, user: string | undefined): void {
  const isMissing = (what: string): boolean => lines.includes(`missing ${what}`)
  if (isMissing('git'))
    throw new MissingError('the host has no git', {
      hint: "An earlier task must install it: packages({ present: ['git'] }).",
    })
  if (isMissing('user'))
    throw new MissingError(`there is no user '${user}' on the host`, {
      hint: 'Is the name right? An earlier task must make the user.',
    })
  if (isMissing('folder'))
    throw new MissingError(`there is no folder for ${to}`, { hint: 'An earlier task must make it.' })
}

/** What the script of a checkout prints. */
export function parseCheckout(stdout: string): Checkout {
  const lines = stdout.split('\n').map((line) => ({
    key: line.split(' ', 1)[0],
    value: line.slice(line.indexOf(' ') + 1),
  }))
  const valueOf = (name: string): string | undefined => lines.find(({ key }) => key === name)?.value
  return {
    kind: 'checkout',
    repository: valueOf('repository'),
    commit: valueOf('commit'),
    branch: valueOf('branch'),
    changes: lines.filter(({ key }) => key === 'change').map(({ value }) => value),
    isLocal: valueOf('local') === 'yes',
  }
}

/**
 * The commit that a ref of a repository is now.
 * @throws MissingError if the repository does not answer; CutoverError if it has no such ref, or two
 */
export async function commitOf(host: HostView, { repository, ref, user }: GitSource): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(ref)) return ref
  const names = ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`]
  const patterns = names.flatMap((name) => [name, `${name}^{}`])
  const output = await runAs(host, user, ['git', 'ls-remote', '--', repository, ...patterns])
  if (output.exitCode !== 0)
    throw new MissingError(`the repository ${repository} does not answer: ${lastWords(output.stderr)}`, {
      hint: 'Is it right, does the host reach it, and does it let the user in who runs git (see the option user)?',
    })
  return parseRefs(output.stdout, { names, ref, repository })
}

/** The commit of a ref in the output of `git ls-remote`. @throws CutoverError if it is not there, or is two */
export function parseRefs(
  stdout: string,
  { names, ref, repository }: { names: readonly string[]; ref: string; repository: string },
): string {
  const commits = new Map(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line): [string, string] => [line.slice(line.indexOf('\t') + 1), line.slice(0, line.indexOf('\t'))]),
  )
  // A tag with a message is an object of its own; `^{}` is the commit behind it.
  const found = names.flatMap((name) => commits.get(`${name}^{}`) ?? commits.get(name) ?? [])
  const [commit] = found
  if (commit !== undefined && found.length === 1) return commit
  if (commit !== undefined)
    throw new CutoverError(`${repository} has a branch and a tag '${ref}'`, {
      hint: `Write which one: refs/heads/${ref} or refs/tags/${ref}.`,
    })
  throw new CutoverError(`${repository} has no branch and no tag '${ref}'`, {
    hint: /^[0-9a-f]{7,}$/.test(ref)
      ? 'If it is a commit, write all of its 40 digits: git rev-parse prints them.'
      : `See what there is: git ls-remote ${repository}`,
  })
}
