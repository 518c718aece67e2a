import {
  type Change,
  CutoverError,
  type Host,
  type Task,
  task,
  type TaskOptions,
  UnsafeError,
} from '../../runner/index.ts'
import { type Checkout, commitOf, type GitSource, lookAtCheckout } from './git-checkout.ts'
import { gitIn, runAs } from './git-command.ts'
import { verifyPath } from './names.ts'

export interface GitOptions extends GitSource, TaskOptions {
  /** Local changes of files that belong to the repository are thrown away. Default: false, they are an error. */
  force?: boolean
}

interface GitChange extends Change {
  commit: string
  previous: Checkout
}

/**
 * A folder is a checkout of a repository at a tag, a branch or a commit (whole, 40 digits). A branch or tag is followed:
 * each run asks the repository where it is now. The commit is checked out by itself (detached), and no branch of the folder
 * is moved. Local changes and commits are an error, unless `force` is true; files that the repository does not know stay.
 * With `user`, git runs as that user, with that user's keys, and a new folder belongs to that user.
 *
 * @example
 * git('/srv/site', { repository: 'https://github.com/example/site.git', ref: 'v1.4', user: 'deploy' })
 */
export function git(to: string, { force = false, notify, tags, ...source }: GitOptions): Task {
  verifyPath('path', to)
  verifySource(to, source)
  const { repository, ref } = source
  return task<GitChange>({
    name: `git ${to}`,
    notify,
    tags,
    check: async (host) => {
      const previous = await lookAtCheckout(host, to, source)
      const commit = await commitOf(host, source)
      if (!force) verifyNothingIsLost(to, previous, commit)
      const differences = [
        ...(previous.repository === repository ? [] : [`repository ${repository}`]),
        ...(previous.commit === commit ? [] : [`${ref}, commit ${commit.slice(0, 12)}`]),
        ...(previous.changes.length === 0 ? [] : [`without ${previous.changes.length} local changes`]),
      ]
      if (differences.length === 0) return null
      return {
        summary: previous.kind === 'checkout' ? differences.join(', ') : `new, ${ref} of ${repository}`,
        before: shown(previous),
        after: shown({ repository, commit, changes: [] }),
        commit,
        previous,
      }
    },
    apply: async (host, { commit, previous }) => {
      if (previous.kind === 'nothing') await makeFolder(host, to, source)
      await checkOut(host, to, { source, commit, force })
    },
    undo: async (host, { previous }) => takeBack(host, to, { source, previous }),
  })
}

function verifySource(to: string, { repository, ref, user }: GitSource): void {
  const fail = (message: string, hint: string): never => {
    throw new CutoverError(`git ${to}: ${message}`, { hint })
  }
  if (repository === '' || /^-|[\s\0]/.test(repository) || /^ext::/.test(repository))
    fail(`'${repository}' is not a repository`, 'It is a URL, or user@host:path, or an absolute path on the host.')
  if (/^[a-z+]+:\/\/[^/@]*:[^/@]*@/i.test(repository))
    fail(
      'the URL of the repository has a password in it',
      'It would be kept in .git/config. Use a key, or a credential helper.',
    )
  if (!/^(?![-/])(?!.*(\.\.|@\{|\/\/))[^\s\0~^:?*[\\]+(?<![/.])$/.test(ref))
    fail(`'${ref}' is not a tag, branch or commit`, "Write its name, or all 40 digits of a commit: ref: 'v1.4'.")
  if (user !== undefined && !/^[A-Za-z0-9_][\w.-]*$/.test(user))
    fail(`'${user}' is not the name of a user`, "Write the name alone: user: 'deploy'.")
}

/** @throws UnsafeError for local changes, which a checkout would lose, and for local commits */
function verifyNothingIsLost(to: string, { changes, isLocal, commit }: Checkout, wanted: string): void {
  if (changes.length > 0) {
    const more = changes.length > 5 ? ` and ${changes.length - 5} more` : ''
    throw new UnsafeError(`${to} has local changes: ${changes.slice(0, 5).join(', ')}${more}`, {
      hint: `Look at them: git -C ${to} diff HEAD. Commit and push them, or let \`force: true\` throw them away.`,
    })
  }
  if (isLocal && commit !== wanted)
    throw new UnsafeError(`${to} is at a commit that the repository does not have: ${commit?.slice(0, 12)}`, {
      hint: `Push it (git -C ${to} log), or let \`force: true\` leave it behind.`,
    })
}

const shown = ({ repository, commit, changes }: Pick<Checkout, 'repository' | 'commit' | 'changes'>): string =>
  [
    ...(repository === undefined ? [] : [`repository ${repository}`]),
    ...(commit === undefined ? [] : [`commit ${commit}`]),
    ...changes.map((path) => `local change of ${path}`),
  ]
    .map((line) => `${line}\n`)
    .join('')

/** A new folder, which belongs to the user of git. */
async function makeFolder(host: Host, to: string, { user }: GitSource): Promise<void> {
  await host.$`mkdir -- ${to}`
  if (user !== undefined) await host.$`chown -- ${`${user}:`} ${to}`
}

/** Fetches a commit, and checks it out. After a crash anywhere in it, it can be done again. */
async function checkOut(
  host: Host,
  to: string,
  { source, commit, force }: { source: GitSource; commit: string; force: boolean },
): Promise<void> {
  const run = gitIn(host, to, source.user)
  const has = ['git', '-C', to, 'cat-file', '-e', `${commit}^{commit}`]
  const isThere = async (): Promise<boolean> => (await runAs(host, source.user, has)).exitCode === 0
  await run('-c', 'init.defaultBranch=main', 'init', '-q')
  await run('config', 'remote.origin.url', source.repository)
  await run('config', '--replace-all', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*')
  await run('fetch', '-q', '--force', '--tags', 'origin')
  // A commit that no branch or tag has, such as that of a pull request.
  if (!(await isThere())) await run('fetch', '-q', 'origin', commit)
  await run('checkout', '-q', ...(force ? ['--force'] : []), '--detach', commit)
  // What was checked out by us is no local commit, also when the repository has it no more.
  await run('update-ref', 'refs/cutover/checkout', commit)
}

/** @throws CutoverError if local changes were thrown away */
async function takeBack(
  host: Host,
  to: string,
  { source, previous }: { source: GitSource; previous: Checkout },
): Promise<void> {
  const { kind, commit, branch, repository, changes } = previous
  if (kind === 'nothing') return void (await host.$`rm -rf -- ${to}`)
  if (kind === 'empty') return void (await host.$`find ${to} -mindepth 1 -delete`)
  if (commit === undefined) return
  const run = gitIn(host, to, source.user)
  if (repository !== undefined) await run('config', 'remote.origin.url', repository)
  await run('checkout', '-q', ...(branch === undefined ? ['--detach', commit] : [branch]))
  if (changes.length > 0)
    throw new CutoverError(`the local changes of ${to} were thrown away, and cannot be put back`, {
      hint: `They were in: ${changes.join(', ')}.`,
    })
}
