import { type Change, type HostView, type Task, task } from '../../../runner/index.ts'
import type { ReleaseContext } from '../context.ts'
import { historyFile, parseHistory } from '../history.ts'
import { observe } from '../slots/observe.ts'
import { broughtTag } from '../slots/slot-container.ts'
import { oldFiles, removeFiles } from './old-files.ts'

/**
 * Removes the app's images that are neither one of the last good releases nor used by any container, and the files of
 * earlier settings. It removes no volumes.
 */
export function prune(context: ReleaseContext): Task {
  const { app } = context
  /** Their digests or, of those that came from a Docker, their tags. */
  const unneeded = async (host: HostView): Promise<string[]> => {
    const good = parseHistory(await host.read(historyFile(app.name))).filter(({ result }) => result === 'good')
    const newestFirst = new Set(good.toReversed().map(({ digest }) => digest))
    const kept = new Set([...newestFirst].slice(0, app.keep))
    const used = new Set(Object.values((await observe(host, app.name)).slots).map((slot) => slot?.digest))
    // An image with another tag was pulled or tagged by somebody else, for releases are pulled by their digest.
    const { stdout } =
      await host.$`docker image ls --no-trunc --digests --format ${'{{.Digest}} {{.ID}} {{.Tag}}'} ${app.image}`
    const rows = stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split(' ') as [string, string, string])
    const images = rows.flatMap(([digest, id, tag]) => {
      if (digest.startsWith('sha256:') && tag === '<none>') return [{ id, release: digest, named: digest }]
      return tag.startsWith(broughtTag) ? [{ id, release: id, named: tag }] : []
    })
    const candidates = images.filter((each) => !kept.has(each.release) && !used.has(each.release))
    if (candidates.length === 0) return []
    // A container of somebody else may be made of such an image, even a stopped one.
    const containers = await host.$({
      nothrow: true,
    })`docker ps --all --quiet | xargs -r docker inspect --format ${'{{.Image}}'} 2>/dev/null`
    const inUse = new Set(containers.stdout.trim().split('\n'))
    return [...new Set(candidates.filter(({ id }) => !inUse.has(id)).map(({ named }) => named))]
  }
  return task<Change & { digests: string[]; files: string[] }>({
    name: 'prune',
    check: async (host) => {
      const [digests, files] = await Promise.all([unneeded(host), oldFiles(host, app)])
      const summary = [
        ...(digests.length > 0 ? [`${digests.length} old images`] : []),
        ...(files.length > 0 ? [`${files.length} old files`] : []),
      ].join(', ')
      return summary === '' ? null : { summary, digests, files }
    },
    apply: async (host, { digests, files }) => {
      await removeFiles(host, files)
      for (const each of digests)
        await host.$`docker image rm ${`${app.image}${each.startsWith(broughtTag) ? ':' : '@'}${each}`}`
    },
  })
}
