import { type Change, type Task, task } from '../../runner/index.ts'

export interface Directory {
  path: string
  /** Octal. Default 755. */
  mode?: string
  /** `user:group`. Default root:root. */
  owner?: string
}

/** Directories exist, with their mode and owner. */
export function directories(wanted: readonly Directory[]): Task {
  const complete = wanted.map(({ path, mode = '755', owner = 'root:root' }) => ({ path, mode, owner }))
  const paths = complete.map(({ path }) => path)
  return task<Change & { wrong: Required<Directory>[] }>({
    name: `directories ${shortened(paths).join(', ')}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`${['stat', '-c', '%a %U:%G %n', '--', ...paths]} 2>/dev/null`
      const existing = new Set(stdout.split('\n'))
      const wrong = complete.filter(({ path, mode, owner }) => !existing.has(`${mode} ${owner} ${path}`))
      return wrong.length > 0 ? { summary: wrong.map(({ path }) => path).join(', '), wrong } : null
    },
    apply: async (host, { wrong }) => {
      for (const { path, mode, owner } of wrong) {
        const [user = '', group = ''] = owner.split(':')
        await host.$`${['install', '-d', '-m', mode, '-o', user, '-g', group, '--', path]}`
      }
    },
  })
}

/**
 * Of more than two paths, those below the first one are shortened to `…/name`, so that a task's name fits on a line.
 */
function shortened(paths: readonly string[]): string[] {
  const [first = ''] = paths
  return paths.map((path) => (paths.length > 2 && path.startsWith(`${first}/`) ? `…${path.slice(first.length)}` : path))
}
