/**
 * A text as one word for a POSIX shell: unchanged where that is safe, otherwise in single quotes.
 * @throws TypeError for a NUL byte, which no argument can contain.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('a command argument contains a NUL byte')
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
