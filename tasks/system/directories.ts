import { type Change, type Task, task } from '../../runner/index.ts'
import {
  compareDirectory,
  type Directory,
  type DirectoryChange,
  parseDirectory,
  placeDirectory,
  restoreDirectory,
} from './directory.ts'

/**
 * Several folders exist, with their mode (default 755) and owner (default root:root).
 * @example
 * directories([{ path: '/srv/app' }, { path: '/srv/app/uploads', mode: '750', owner: 'www-data:www-data' }])
 */
export function directories(wanted: readonly Directory[]): Task {
  const complete = wanted.map(({ path, mode = '755', owner = 'root:root' }) => parseDirectory({ path, mode, owner }))
  return task<Change & { wrong: { index: number; change: DirectoryChange }[] }>({
    name: `directories ${shortened(complete.map(({ path }) => path)).join(', ')}`,
    check: async (host) => {
      const changes = await Promise.all(complete.map((each) => compareDirectory(host, each)))
      const wrong = changes.flatMap((change, index) => (change ? [{ index, change }] : []))
      if (wrong.length === 0) return null
      const path = (index: number): string => complete[index]?.path ?? ''
      const side = (name: 'before' | 'after'): string =>
        wrong.map(({ index, change }) => (change[name] ? `${path(index)} ${change[name]}` : '')).join('')
      return {
        summary: wrong.map(({ index, change: { summary } }) => `${path(index)} (${summary})`).join(', '),
        before: side('before'),
        after: side('after'),
        wrong,
      }
    },
    apply: async (host, { wrong }) => {
      for (const [each, change] of paired(wrong)) await placeDirectory(host, each, change)
    },
    undo: async (host, { wrong }) => {
      for (const [{ path }, change] of paired(wrong).reverse()) await restoreDirectory(host, path, change)
    },
  })

  function paired(
    wrong: readonly { index: number; change: DirectoryChange }[],
  ): [ReturnType<typeof parseDirectory>, DirectoryChange][] {
    return wrong.flatMap(({ index, change }) => {
      const each = complete[index]
      return each ? [[each, change]] : []
    })
  }
}

/**
 * Of more than two paths, those below the first one are shortened to `…/name`, so that a task's name fits on a line.
 */
function shortened(paths: readonly string[]): string[] {
  const [first = ''] = paths
  return paths.map((path) => (paths.length > 2 && path.startsWith(`${first}/`) ? `…${path.slice(first.length)}` : path))
}
