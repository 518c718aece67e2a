import { Secret, type Task } from '../../runner/index.ts'
import { directory, type DirectoryOptions } from './directory.ts'
import { file, type FileOptions } from './file.ts'

/**
 * A file of root whose owner and mode (by default 644, of a secret 600) are made right too where somebody has changed
 * them. `file` keeps them unless they are given.
 */
export const rootFile = (path: string, content: string | Secret, options: FileOptions = {}): Task =>
  file(path, content, { mode: content instanceof Secret ? '600' : '644', owner: 'root:root', ...options })

/** A folder of root, likewise; by default 755. */
export const rootFolder = (path: string, options: DirectoryOptions = {}): Task =>
  directory(path, { mode: '755', owner: 'root:root', ...options })
