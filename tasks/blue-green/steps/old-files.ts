import type { Host, HostView } from '../../../runner/index.ts'
import { type App, fileList, filesFolder } from '../../app/index.ts'

/**
 * The paths of an app's files of earlier settings that no container has any more, running or not: secrets do not stay for ever.
 */
export async function oldFiles(host: HostView, { name, files }: Pick<App, 'name' | 'files'>): Promise<string[]> {
  const folder = filesFolder(name)
  if ((await host.stat(folder)) === null) return []
  const [found, list, containers] = await Promise.all([
    host.$`ls -A ${folder}`,
    files === undefined ? null : host.read(fileList(name)),
    host.$`docker ps --all --quiet | xargs -r docker inspect --format ${'{{range .Mounts}}{{println .Source}}{{end}}'}`,
  ])
  const names = Object.values(JSON.parse(list ?? '{}') as Record<string, string>)
  const needed = new Set([
    ...(list === null ? [] : [fileList(name), ...names.map((each) => `${folder}/${each}`)]),
    ...containers.stdout.split('\n'),
  ])
  const paths = found.stdout
    .split('\n')
    .filter(Boolean)
    .map((each) => `${folder}/${each}`)
  return paths.filter((path) => !needed.has(path))
}

export async function removeFiles(host: Host, paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await host.$`rm -f -- ${paths}`
}
