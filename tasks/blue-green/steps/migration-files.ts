import type { Host } from '../../../runner/index.ts'
import { databaseVolume, migrationName } from '../../app/index.ts'
import { restoredFile } from '../../paths.ts'
import type { ResolvedRelease } from '../context.ts'
import { RefusedError } from '../refused.ts'
import { reference } from '../slots/slot-container.ts'

/** The exit status for a path that the image does not have. */
const noFiles = 3

/**
 * A digest of what decides whether a migration has something to do: the files below a path of the image (names and
 * contents, without what Python compiles), and the database, which may have been made anew or restored. The image is
 * read in a container that never runs.
 * @param path a file or a folder of the image
 * @throws RefusedError if the image has no such path
 */
export async function migrationFiles(host: Host, release: ResolvedRelease, path: string): Promise<string> {
  const { app } = release
  const name = migrationName(app.name)
  const create = [
    'docker',
    'create',
    '--name',
    name,
    '--network',
    'none',
    reference(release),
    ...(app.migrate?.command ?? []),
  ]
  const volume = app.backend ? [await host.fact(databaseVolume(app.shared?.server ?? app.name))] : []
  const { stdout, stderr, exitCode } = await host.$({ nothrow: true, pipefail: false })`name=${name} path=${path}
    folder=$(mktemp -d) || exit
    trap 'rm -rf -- "$folder"; docker rm -f "$name" >/dev/null 2>&1' EXIT
    docker rm -f "$name" >/dev/null 2>&1
    ${create} >/dev/null || exit
    docker cp -qL "$name:$path" "$folder/files" || exit ${noFiles}
    {
      echo "$path"
      for volume in ${volume}; do docker volume inspect -f ${'{{.Name}} {{.CreatedAt}}'} "$volume"; done
      cat ${restoredFile(app.name)} 2>/dev/null
      cd "$folder" && find files -name __pycache__ -prune -o -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
    } | sha256sum | cut -d ' ' -f 1`
  if (exitCode === 0) return stdout.trim()
  if (exitCode === noFiles)
    throw new RefusedError(
      `the image of ${app.name} has no ${path}, where \`migrate.files\` looks for its migrations`,
      {
        hint: `Docker says: ${stderr.trim()}\nName a path of the image, or leave \`files\` out: then each release migrates.`,
      },
    )
  throw new RefusedError(`the migrations in the image of ${app.name} could not be read`, { hint: stderr.trim() })
}
