import { posix } from 'node:path'
import { type Change, type Task, task } from '../../runner/index.ts'

/** A symbolic link points to a target; the link's folder is made if it is missing. */
export function link(path: string, target: string): Task {
  return task<Change>({
    name: `link ${path}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`readlink -- ${path}`
      return stdout.trim() === target ? null : { summary: `→ ${target}` }
    },
    apply: async (host) => {
      await host.$`mkdir -p -- ${posix.dirname(path)}; ln -sfn -- ${target} ${path}`
    },
  })
}
