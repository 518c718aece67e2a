import { type Change, type Task, task } from '../../runner/index.ts'

export interface Directory {
  path: string
  /** Octal. */
  mode?: string
  owner?: string
}

/** Directories are there, with their mode and owner. */
export function directories(wanted: readonly Directory[]): Task {
  const line = ({ path, mode = '755', owner = 'root:root' }: Directory): string => `${mode} ${owner} ${path}`
  return task<Change & { wrong: Directory[] }>({
    name: 'directories',
    check: async (host) => {
      const { stdout } = await host.$({
        nothrow: true,
      })`${['stat', '-c', '%a %U:%G %n', '--', ...wanted.map(({ path }) => path)]} 2>/dev/null`
      const seen = new Set(stdout.split('\n'))
      const wrong = wanted.filter((directory) => !seen.has(line(directory)))
      return wrong.length > 0 ? { summary: wrong.map(({ path }) => path).join(', '), wrong } : null
    },
    apply: async (host, { wrong }) => {
      for (const { path, mode = '755', owner = 'root:root' } of wrong) {
        const [user, group] = owner.split(':') as [string, string]
        await host.$`${['install', '-d', '-m', mode, '-o', user, '-g', group, '--', path]}`
      }
    },
  })
}
