import {
  type Change,
  filePath,
  MissingError,
  parseWriteOptions,
  type Task,
  task,
  type TaskOptions,
  type WriteOptions,
} from '../../runner/index.ts'
import { readText, writeText } from './text-file.ts'
import { splitLines } from './text-lines.ts'

/** What every task takes that changes a part of a text file. */
export type EditOptions = TaskOptions & Pick<WriteOptions, 'validate'>

/** What a task takes that may make the file that it changes. */
export interface CreateOptions {
  /**
   * A file that is not there is made, with this mode (default 644) and owner (default: the user that commands run as).
   * Default: false, it is an error.
   */
  create?: boolean | Pick<WriteOptions, 'mode' | 'owner'>
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
  filePath(path)
  const { mode, owner } = typeof create === 'boolean' ? {} : create
  const options = parseWriteOptions({ mode, owner, validate })
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
      await writeText(host, path, edit(text ?? ''), text === null ? options : { validate })
    },
    undo: (host, { before, isNew }) => writeText(host, path, isNew ? null : before),
  })
}

const missing = (path: string): MissingError =>
  new MissingError(`there is no file ${path}`, {
    hint: 'Is the path right? An earlier task must make the file (a package, for example), or this one by `create: true`.',
  })

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
