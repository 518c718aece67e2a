import { type Change, type Task, task } from '../runner/index.ts'

/** A Docker bridge network is there. */
export function network(name: string): Task {
  return task<Change>({
    name: `network ${name}`,
    check: async (host) => ((await host.$({ nothrow: true })`docker network inspect -f . ${name} 2>/dev/null`).exitCode === 0 ? null : { summary: 'create' }),
    apply: async (host) => {
      await host.$`docker network create --label cutover=1 ${name}`
    },
  })
}
