import { type Task, task } from '../../../../runner/index.ts'

/** There is nothing at this path. */
export const absent = (path: string, notify: readonly Task[]): Task =>
  task({
    name: `no ${path}`,
    notify,
    check: async (host) => {
      const { exitCode } = await host.$({ nothrow: true })`test -e ${path} || test -L ${path}`
      return exitCode === 0 ? { summary: 'remove' } : null
    },
    apply: async (host) => {
      await host.$`rm -f -- ${path}`
    },
  })
