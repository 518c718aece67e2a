import { type Change, type HostView, type Task, task } from '../../runner/index.ts'
import type { ReleaseContext } from './context.ts'
import { historyFile, parseHistory } from './history.ts'
import { observe } from './observe.ts'

const keptImages = 5

/** The images of the last releases stay for a rollback; older ones go. */
export function prune(context: ReleaseContext): Task {
  const { app } = context
  const old = async (host: HostView): Promise<string[]> => {
    const good = parseHistory(await host.read(historyFile(app.name))).filter((each) => each.result === 'good')
    const kept = new Set([...new Set(good.toReversed().map((each) => each.digest))].slice(0, keptImages))
    const used = new Set(Object.values((await observe(host, app.name)).slots).map((slot) => slot?.digest))
    // What somebody gave a name is his.
    const { stdout } =
      await host.$`docker image ls --no-trunc --digests --format ${'{{.Digest}} {{.ID}} {{.Tag}}'} ${app.image}`
    const rows = stdout
      .trim()
      .split('\n')
      .map((row) => row.split(' ') as [string, string, string])
    const candidates = rows.filter(
      ([digest, , tag]) => digest.startsWith('sha256:') && tag === '<none>' && !kept.has(digest) && !used.has(digest),
    )
    if (candidates.length === 0) return []
    // So is what somebody made a container of, even one that is stopped.
    const containers = await host.$({
      nothrow: true,
    })`docker ps --all --quiet | xargs -r docker inspect --format ${'{{.Image}}'} 2>/dev/null`
    const inUse = new Set(containers.stdout.trim().split('\n'))
    return [...new Set(candidates.filter(([, id]) => !inUse.has(id)).map(([digest]) => digest))]
  }
  return task<Change & { digests: string[] }>({
    name: 'prune',
    check: async (host) => {
      const digests = await old(host)
      return digests.length > 0 ? { summary: `${digests.length} old images`, digests } : null
    },
    apply: async (host, { digests }) => {
      for (const digest of digests) await host.$`docker image rm ${`${app.image}@${digest}`}`
    },
  })
}
