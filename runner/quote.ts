/**
 * One word for a POSIX shell: bare where that is safe, else in single quotes.
 * @throws TypeError for a NUL, which no argument can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('a command argument holds a NUL byte')
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
