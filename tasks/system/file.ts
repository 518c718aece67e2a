import type { Secret, Task, TaskOptions, WriteOptions } from '../../runner/index.ts'
import { contentOf } from './content.ts'
import { placedFile } from './placed-file.ts'

/** How a file is written (see `WriteOptions`), and what every task takes. */
export type FileOptions = WriteOptions & TaskOptions

/**
 * A file has this content and, if they are given, this mode and owner. A folder at its path is refused, and a link is
 * replaced: the change says so. Nothing of a secret is part of a change.
 * @example
 * file('/etc/motd', 'hello\n')
 * file('/etc/sudoers.d/deploy', 'deploy ALL=(ALL) NOPASSWD: ALL\n', { mode: '440', validate: ['visudo', '-cf', '%s'] })
 */
export const file = (path: string, content: string | Buffer | Secret, options: FileOptions = {}): Task =>
  placedFile({ name: `file ${path}`, path, content: () => contentOf(content) }, options)
