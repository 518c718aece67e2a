import type { Task } from '../../../runner/index.ts'
import { download, link } from '../../../tasks/authors.ts'

/** A program from an archive of the web, which is known by its digest. */
export const job = (url: string, sha256: string): Task[] => [
  download({ url, sha256, to: '/opt/tool', unpack: true, strip: 1, insecure: true }),
  link('/usr/local/bin/tool', '/opt/tool/bin/tool'),
]
