import { posix } from 'node:path'
import { type Change, filePath, inTheWay, type Task, task, type TaskOptions } from '../../runner/index.ts'

/**
 * A symbolic link points to a target; the link's folder is made if it is missing. Another link at the path is replaced,
 * a file or folder is refused.
 * @example
 * link('/etc/nginx/sites-enabled/shop', '/etc/nginx/sites-available/shop')
 */
export function link(path: string, target: string, { notify, tags }: TaskOptions = {}): Task {
  filePath(path)
  return task<Change & { previous: string | undefined }>({
    name: `link ${path}`,
    notify,
    tags,
    check: async (host) => {
      const state = await host.stat(path)
      if (state && state.kind !== 'link') throw inTheWay(path, state.kind, 'link')
      const previous = state?.target
      if (previous === target) return null
      return {
        summary: `${previous === undefined ? '' : `${previous} `}→ ${target}`,
        before: previous === undefined ? '' : `[link to ${previous}]\n`,
        after: `[link to ${target}]\n`,
        previous,
      }
    },
    apply: async (host) => {
      await host.$`mkdir -p -- ${posix.dirname(path)}; ln -sfT -- ${target} ${path}`
    },
    undo: async (host, { previous }) => {
      if (previous === undefined) await host.$`${['rm', '-f', '--', path]}`
      else await host.$`${['ln', '-sfT', '--', previous, path]}`
    },
  })
}
