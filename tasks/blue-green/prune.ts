import { type Change, type HostView, type Task, task } from '../../runner/index.ts'
import type { ReleaseContext } from './context.ts'
import { historyFile, parseHistory } from './history.ts'
import { observe } from './slot.ts'

const keptImages = 5

/** The images of the last releases stay for a rollback; older ones go. */
export function prune(context: ReleaseContext): Task {
  const { app } = context
  const old = async (host: HostView): Promise<string[]> => {
    const good = parseHistory(await host.read(historyFile(app.name))).filter((each) => each.result === 'good')
    const kept = new Set([...new Set(good.toReversed().map((each) => each.digest))].slice(0, keptImages))
    const used = new Set(Object.values((await observe(host, app.name)).slots).map((slot) => slot?.digest))
    const { stdout } = await host.$`docker image ls --digests --format ${'{{.Digest}}'} ${app.image}`
    return [...new Set(stdout.trim().split('\n'))].filter((digest) => digest.startsWith('sha256:') && !kept.has(digest) && !used.has(digest))
  }
  return task<Change & { digests: string[] }>({
    name: 'prune',
    check: async (host) => {
      const digests = await old(host)
      return digests.length > 0 ? { summary: `${digests.length} old images`, digests } : null
    },
    apply: async (host, { digests }) => {
      for (const digest of digests) await host.$`docker image rm -f ${`${app.image}@${digest}`}`
    },
  })
}
