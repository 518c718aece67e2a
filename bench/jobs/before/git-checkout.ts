import { type Change, CutoverError, type HostView, type Task, task } from '../../../runner/index.ts'
import { handler } from './library/handler.ts'

interface Checkout {
  repository: string
  ref: string
  user: string
}

const as = (user: string): string[] => ['runuser', '-u', user, '--', 'env', 'GIT_TERMINAL_PROMPT=0', 'LC_ALL=C']

/** The commit that a tag or a branch stands for; of an annotated tag that is the line that ends with ^{}. */
async function commitOf(host: HostView, { repository, ref, user }: Checkout): Promise<string> {
  const patterns = [`refs/tags/${ref}`, `refs/tags/${ref}^{}`, `refs/heads/${ref}`]
  const { stdout } = await host.$`cd /; ${[...as(user), 'git', 'ls-remote', '--', repository, ...patterns]}`
  const found = new Map(stdout.split('\n').map((line) => [line.split('\t')[1] ?? '', line.split('\t')[0] ?? '']))
  const commit = found.get(`refs/tags/${ref}^{}`) ?? found.get(`refs/tags/${ref}`) ?? found.get(`refs/heads/${ref}`)
  if (commit === undefined) throw new CutoverError(`${repository} has no tag or branch ${ref}`)
  return commit
}

const git = (to: string, checkout: Checkout, notify: readonly Task[]): Task => {
  const command = [...as(checkout.user), 'git', '--no-optional-locks', '-C', to]
  return task<Change & { commit: string; isNew: boolean }>({
    name: `git ${to}`,
    notify,
    check: async (host) => {
      const commit = await commitOf(host, checkout)
      const { stdout: there } = await host.$({ nothrow: true })`${[...command, 'rev-parse', 'HEAD']}`
      const current = there.trim()
      if (current === '') return { summary: `new, ${checkout.ref}`, commit, isNew: true }
      const { stdout: changes } = await host.$`${[...command, 'status', '--porcelain', '--untracked-files=no']}`
      if (changes !== '') throw new CutoverError(`${to} has local changes:\n${changes}`)
      const origin = (await host.$`${[...command, 'remote', 'get-url', 'origin']}`).stdout.trim()
      if (origin !== checkout.repository) throw new CutoverError(`${to} is a checkout of ${origin}`)
      return current === commit ? null : { summary: `${checkout.ref}, commit ${commit}`, commit, isNew: false }
    },
    apply: async (host, { commit, isNew }) => {
      if (isNew) {
        await host.$`install -d -o ${checkout.user} -- ${to}`
        await host.live`${[...command, 'clone', '--no-checkout', '--', checkout.repository, '.']}`
      }
      await host.live`${[...command, 'fetch', '--tags', '--force', 'origin']}`
      await host.$`${[...command, 'checkout', '--detach', commit]}`
    },
  })
}

/** A site that is a checkout of a tag, by a user of its own; another version is built again. */
export function job(repository: string, ref: string): Task[] {
  const build = handler('build the site', (host) => host.$`cd /srv/site; runuser -u deploy -- cp file built`)
  return [git('/srv/site', { repository, ref, user: 'deploy' }, [build])]
}
