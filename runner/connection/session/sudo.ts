import { quote } from '../../quote.ts'
import type { Become } from '../connection.ts'

/**
 * A command for a login shell that runs another command as the user whom a host's tasks become.
 * @param marker a word that nothing else prints. If there is a password, the command prints marks with it on standard
 * error, for a `SudoGate`.
 */
export function asUser(become: Become, marker: string, command: string): string {
  // The output of programs is parsed, so it must be in English, with a point in decimal numbers.
  const locale = 'env LC_ALL=C'
  if (become.method === 'none') return `exec ${locale} ${command}`
  const userOption = become.user === undefined ? '' : `-u ${quote(become.user)} `
  if (!become.password) return `exec ${locale} sudo -n ${userOption}-- ${locale} ${command}`
  // The host joins the two parts of a mark. So a login shell that prints what it runs (set -x) prints no mark.
  const printMark = (word: string): string => `sh -c ${quote(`printf %s-%s "$0" ${word} >&2; exec "$@"`)} ${marker}`
  const sudo = `sudo -S -p ${marker}-asks ${userOption}--`
  return `exec ${locale} ${printMark('sudo')} ${sudo} ${locale} ${printMark('in')} ${command}`
}
