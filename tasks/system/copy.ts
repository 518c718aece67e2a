import type { Task } from '../../runner/index.ts'
import { contentFrom } from './content.ts'
import type { FileOptions } from './file.ts'
import { localPath } from './local-path.ts'
import { placedFile } from './placed-file.ts'

export interface CopyOptions extends FileOptions {
  /** A file of this machine: absolute, or relative to the file that calls this. */
  from: string | URL
  to: string
}

/**
 * A file of this machine is on the host. However large it is, only its digest is compared, and it is streamed, only if
 * it differs. A content that the playbook makes itself is for `file`, and a folder for `tree`.
 * @example
 * copy({ from: '../files/tool', to: '/usr/local/bin/tool', mode: '755' })
 */
export function copy({ from, to, ...options }: CopyOptions): Task {
  const local = localPath(from, copy)
  return placedFile({ name: `copy ${to}`, path: to, content: () => contentFrom(local), from: local }, options)
}
