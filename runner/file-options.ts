import { CutoverError } from './errors.ts'

export interface WriteOptions {
  /** Octal: 644, 0644, 4755. Default: that of the file that is there; for a new one 644, for a secret 600. */
  mode?: string
  /**
   * By name or number: `user:group`, `user` or `:group`. What it does not name stays as it is; a new file belongs to the
   * user that commands run as.
   */
  owner?: string
  /** The folder of the temporary file, on the same file system. Default: the folder of the file. */
  staging?: string
  /**
   * A command that says whether the new content is valid, as words: `['visudo', '-cf', '%s']`. `%s` becomes the path of
   * the temporary file, which has its mode and owner already. If the command fails, nothing is changed.
   */
  validate?: readonly string[]
}

/**
 * A mode as `stat` prints it: `0644` is 644.
 * @throws CutoverError if it is not octal
 */
export function parseMode(mode: unknown): string {
  if (typeof mode !== 'string' || !/^0*[0-7]{1,4}$/.test(mode))
    throw new CutoverError(`the mode ${typeof mode === 'string' ? `'${mode}'` : String(mode)} is not octal`, {
      hint: "Write it in digits, as a text: '644', '0750', '4755'.",
    })
  return Number.parseInt(mode, 8).toString(8)
}

/** Who a file is to belong to. What is undefined stays as it is. */
export interface Owner {
  user?: string
  group?: string
}

/** @throws CutoverError if it is not `user:group`, `user` or `:group` */
export function parseOwner(owner: string): Owner {
  const name = String.raw`[^\s:-][^:\n\0]*`
  const [matched, user, group] = new RegExp(`^(${name})?(?::(${name}))?$`).exec(owner) ?? []
  if (!matched)
    throw new CutoverError(`the owner '${owner}' is not understood`, {
      hint: "Write it by name or number: 'user:group', 'user' or ':group'.",
    })
  return { user, group }
}

/** @throws CutoverError if a path of a host does not begin at its root */
export function absolutePath(path: string): string {
  if (path.startsWith('/')) return path
  throw new CutoverError(`the path '${path}' is not absolute`, {
    hint: 'A path on a host begins with /: there is no folder that it could be relative to.',
  })
}

/** @throws CutoverError if a path cannot be that of a file */
export function filePath(path: string): string {
  if (/(^|\/)\.{0,2}$/.test(absolutePath(path)))
    throw new CutoverError(`the path '${path}' is that of a folder`, { hint: 'Name the file in it, too.' })
  return path
}

/** @throws CutoverError if the command does not get the path of the file */
export function parseValidate(validate: readonly string[]): readonly string[] {
  if (validate.slice(1).some((word) => word.includes('%s'))) return validate
  throw new CutoverError(`the command '${validate.join(' ')}' is not told which file it validates`, {
    hint: "Write %s where it takes the file's path: validate: ['visudo', '-cf', '%s'].",
  })
}

/** The options in one form. @throws CutoverError for one that is not valid */
export function parseWriteOptions({ mode, owner, staging, validate }: WriteOptions): WriteOptions {
  if (owner !== undefined) parseOwner(owner)
  return {
    ...(mode !== undefined && { mode: parseMode(mode) }),
    ...(owner !== undefined && { owner }),
    ...(staging !== undefined && { staging: absolutePath(staging) }),
    ...(validate && { validate: parseValidate(validate) }),
  }
}
