import { type Host, type Task, task } from '../../../../runner/index.ts'

/** Something to do once, after a change. It is made for one host and one run: its check has to find nothing afterwards. */
export function handler(name: string, run: (host: Host) => Promise<unknown>): Task {
  let done = false
  return task({
    name,
    check: async () => (done ? null : { summary: 'do it' }),
    apply: async (host) => {
      await run(host)
      done = true
    },
  })
}
