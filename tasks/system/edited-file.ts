import { posix } from 'node:path'
import {
  type Change,
  CutoverError,
  type Host,
  type HostView,
  MissingError,
  parseValidate,
  type Task,
  task,
} from '../../runner/index.ts'
import { verifyHostPath, verifyMode, verifyOwner } from './host-path.ts'
import { splitLines } from './text-lines.ts'

/** What every task takes that changes a part of a text file. */
export interface EditOptions extends Pick<Task, 'notify' | 'tags'> {
  /**
   * A command that says whether the new text is valid, as words: `['visudo', '-cf', '%s']`. `%s` becomes the path of a
   * temporary file with the new text. If the command fails, nothing is changed.
   */
  validate?: readonly string[]
}

/** What a task takes that may make the file that it changes. */
export interface CreateOptions {
  /**
   * A file that is not there is made, with this mode (default 644) and owner (default: the user that commands run as).
   * Default: false, it is an error.
   */
  create?: boolean | { mode?: string; owner?: string }
}

interface EditedFile extends CreateOptions {
  name: string
  path: string
  /** The text as it should be. It returns such a text unchanged. */
  edit: (text: string) => string
  /** Nothing is to do where the file is not there. */
  optional?: boolean
}

interface EditChange extends Change {
  before: string
  after: string
  isNew: boolean
}

/**
 * A task by which a text file is as a function of its text makes it. The file keeps its mode and owner, and a link to
 * it stays a link.
 * @throws CutoverError for arguments that are not valid
 */
export function editedFile(
  { name, path, edit, create = false, optional = false }: EditedFile,
  { validate, notify, tags }: EditOptions,
): Task {
  verifyHostPath(path)
  const attributes = typeof create === 'boolean' ? {} : create
  verifyMode(attributes.mode)
  verifyOwner(attributes.owner)
  if (validate) parseValidate(validate)
  return task<EditChange>({
    name,
    notify,
    tags,
    check: async (host) => {
      const text = await readText(host, path)
      if (text === null && optional) return null
      if (text === null && create === false) throw missing(path)
      const after = edit(text ?? '')
      if (after === text) return null
      return { summary: summaryOf(text, after), before: text ?? '', after, isNew: text === null }
    },
    apply: async (host) => {
      // It is read again: what somebody else has changed since the check must not be lost.
      const text = await readText(host, path)
      const place = text === null ? { path, ...attributes } : await placeOf(host, path)
      await writeValidated(host, place, edit(text ?? ''), validate)
    },
    undo: async (host, { before, isNew }) => {
      if (isNew) {
        await host.$`rm -f -- ${path}`
        return
      }
      const { path: to, mode, owner } = await placeOf(host, path)
      await host.write(to, before, { mode, owner })
    },
  })
}

const missing = (path: string): MissingError =>
  new MissingError(`there is no file ${path}`, {
    hint: 'Is the path right? An earlier task must make the file (a package, for example), or this one by `create: true`.',
  })

/** A file's text; null if there is nothing. @throws CutoverError if it is no file, or is not UTF-8 */
async function readText(host: HostView, path: string): Promise<string | null> {
  const file = await host.file(path)
  if (file === null) {
    if ((await host.quiet({ nothrow: true })`test -e ${path}`).exitCode !== 0) return null
    throw new CutoverError(`${path} is not a regular file`, { hint: `See what is there: ls -ld ${path}` })
  }
  return file.content
}

/** A file that is to be written. */
interface FilePlace {
  path: string
  mode?: string
  owner?: string
}

/** Where a file really is, if its path is a link, with its mode and owner. The numbers also tell an owner without a name. */
async function placeOf(host: Host, path: string): Promise<FilePlace> {
  const { stdout } = await host.quiet`stat -Lc '%a %u:%g' -- ${path}; readlink -f -- ${path}`
  const end = stdout.indexOf('\n')
  const [mode = '', owner = ''] = stdout.slice(0, end).split(' ')
  return { path: stdout.slice(end + 1).replace(/\n$/, ''), mode, owner }
}

/** @throws CutoverError if the validating command refuses the text; then the file is as it was */
async function writeValidated(
  host: Host,
  { path, mode, owner }: FilePlace,
  text: string,
  validate: readonly string[] | undefined,
): Promise<void> {
  if (validate) {
    const pattern = posix.join(posix.dirname(path), `.${posix.basename(path)}.XXXXXX`)
    const temporary = (await host.quiet`mktemp -- ${pattern}`).stdout.trim()
    try {
      await host.write(temporary, text, { mode, owner })
      await host.$`${validate.map((word) => word.replaceAll('%s', temporary))} </dev/null`
    } catch (cause) {
      throw new CutoverError(`the new text of ${path} was refused, and nothing was changed`, { cause })
    } finally {
      await host.quiet`rm -f -- ${temporary}`
    }
  }
  await host.write(path, text, { mode, owner })
}

/** How many lines a change adds and removes, in words. */
function summaryOf(before: string | null, after: string): string {
  if (before === null) return 'new'
  const added = surplus(after, before)
  const removed = surplus(before, after)
  if (added === 0 && removed === 0) return 'order or line ends'
  const counts = [
    ...(added > 0 ? [`${added} line${added === 1 ? '' : 's'} added`] : []),
    ...(removed > 0 ? [`${removed} line${removed === 1 ? '' : 's'} removed`] : []),
  ]
  return counts.join(', ')
}

/** How many lines of a text another text does not have. */
function surplus(text: string, other: string): number {
  const counts = new Map<string, number>()
  for (const { content } of splitLines(other)) counts.set(content, (counts.get(content) ?? 0) + 1)
  return splitLines(text).filter(({ content }) => {
    const remaining = counts.get(content) ?? 0
    counts.set(content, remaining - 1)
    return remaining <= 0
  }).length
}
