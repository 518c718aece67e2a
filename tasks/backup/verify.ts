import { CutoverError, type HostView, MissingError } from '../../runner/index.ts'
import { tellingLine } from './failure.ts'
import type { Place } from './place.ts'
import { inContainer } from './server.ts'

/**
 * Reads a dump from its first byte to its last, as a restore does. Its list of contents stands at its beginning, so
 * that list alone does not show that a dump was cut off.
 * @throws MissingError if there is no such file, CutoverError if it is no dump, or not whole
 */
export async function readBack(
  host: HostView,
  { container }: Place,
  file: string,
): Promise<{ size: number; tables: number }> {
  const found = await host.stat(file, { follow: true })
  if (found?.kind !== 'file') throw new MissingError(`there is no file ${file} on ${host.name}`)
  const list = await host.quiet({ nothrow: true })`${inContainer(container, 'pg_restore', '--list')} <${file}`
  if (list.exitCode !== 0) throw notWhole(file, list.stderr)
  const whole = await host.quiet({
    nothrow: true,
  })`${inContainer(container, 'pg_restore', '-f', '/dev/null')} <${file}`
  if (whole.exitCode !== 0) throw notWhole(file, whole.stderr)
  return { size: found.size, tables: list.stdout.split('\n').filter((line) => / TABLE DATA /.test(line)).length }
}

function notWhole(file: string, stderr: string): CutoverError {
  const said = tellingLine(stderr)
  return new CutoverError(`${file} is not a whole dump: ${said}`, {
    hint: /text format/.test(said)
      ? 'It is SQL. A restore takes what pg_dump -Fc (or cutover backup) writes.'
      : /unsupported version/.test(said)
        ? 'A newer pg_dump made it. Restore it into a PostgreSQL of that version or newer.'
        : 'Was it cut off, or changed on its way? Nothing of it was used. Take another backup.',
  })
}
