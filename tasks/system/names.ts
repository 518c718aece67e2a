import { posix } from 'node:path'
import { UsageError } from '../../runner/index.ts'

/** @throws UsageError for a name that useradd and groupadd would not take */
export function verifyAccountName(kind: 'user' | 'group', name: string): void {
  if (/^[A-Za-z_][\w.-]{0,31}$/.test(name)) return
  throw new UsageError(`'${name}' is not a valid name of a ${kind}`, {
    hint: 'It begins with a letter or _, and has up to 32 letters, digits, _, - and dots.',
  })
}

/** @param what what it is the path of, for the message. @throws UsageError for a path that is not absolute and plain */
export function verifyPath(what: string, path: string): void {
  const isAbsolute = path.startsWith('/')
  if (isAbsolute && path === posix.resolve(path) && !/[\0\n]/.test(path)) return
  throw new UsageError(`the ${what} '${path}' is not ${isAbsolute ? 'written plainly' : 'absolute'}`, {
    hint: "It begins with /, and has no '.', '..' or double slash in it and no slash at its end.",
  })
}

/** @throws UsageError for a text that has not exactly one line */
export function verifyLine(what: string, text: string): void {
  if (text.trim() !== '' && !/[\0-\x08\n-\x1f]/.test(text)) return
  throw new UsageError(`the ${what} is not one line of text`, {
    hint: 'Write it without line ends and control characters.',
  })
}

/** @throws UsageError for an option that is no whole number of at least `least` */
export function verifyNumber(what: string, value: number | undefined, least = 0): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return
  throw new UsageError(`the ${what} ${value} is not a whole number from ${least} on`)
}
