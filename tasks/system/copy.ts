import type { Task } from '../../runner/index.ts'
import { contentFrom } from './content.ts'
import type { FileOptions } from './file.ts'
import { placedFile } from './placed-file.ts'

export interface CopyOptions extends FileOptions {
  /** A file of this machine. */
  from: string
  to: string
}

/**
 * A file of this machine is on the host. However large it is, only its digest is compared, and it is streamed, only if
 * it differs. A content that the playbook makes itself is for `file`, and a folder for `tree`.
 * @example
 * copy({ from: '/srv/builds/tool', to: '/usr/local/bin/tool', mode: '755' })
 */
export const copy = ({ from, to, ...options }: CopyOptions): Task =>
  placedFile({ name: `copy ${to}`, path: to, content: () => contentFrom(from), from }, options)
