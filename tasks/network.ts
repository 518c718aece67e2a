import { type Change, type Task, task } from '../runner/index.ts'

/** A Docker bridge network is there. */
export function network(name: string): Task {
  return task<Change>({
    name: `network ${name}`,
    // The engine itself is asked where that can be: the docker program takes several times as long to start.
    check: async (host) => {
      const { exitCode } = await host.$({ nothrow: true })`if [ -S /run/docker.sock ] && command -v curl >/dev/null; then curl -sf -o /dev/null --unix-socket /run/docker.sock ${`http://docker/networks/${encodeURIComponent(name)}`}; else docker network inspect -f . ${name} 2>/dev/null; fi`
      return exitCode === 0 ? null : { summary: 'create' }
    },
    apply: async (host) => {
      await host.$`docker network create --label cutover=1 ${name}`
    },
  })
}
