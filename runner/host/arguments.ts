import { quote } from '../quote.ts'
import { Secret } from '../secret/index.ts'
import { type Obstacle, type Place, ShellText } from './shell-text.ts'

/** A value in a command: one word, or several. */
export type Argument = string | number | readonly (string | number)[]

interface Template {
  places: readonly Place[]
  hasPipe: boolean
}

/** A template literal has the same pieces at each call. */
const templates = new WeakMap<readonly string[], Template>()

function readTemplate(pieces: readonly string[]): Template {
  const known = templates.get(pieces)
  if (known) return known
  const text = new ShellText()
  const places = pieces.flatMap((piece, index) => text.read(piece, pieces[index + 1]) ?? [])
  const unclear = places.map((place) => ({ ...place, obstacle: 'unclear' as const }))
  const template = { places: text.isUnclear ? unclear : places, hasPipe: text.hasPipe }
  templates.set(pieces, template)
  return template
}

/** Whether a pipe stands in a template's text. */
export const hasPipe = (pieces: readonly string[]): boolean => readTemplate(pieces).hasPipe

/** Why a value cannot stand at a place, and how to write it instead. */
const explanations: Record<Obstacle, readonly [reason: string, remedy: string]> = {
  'double quotes': [
    'stands within double quotes, where a shell would run what it contains',
    'End the quotes before it and begin them again after it: "a "${value}" b".',
  ],
  'single quotes': [
    'stands within single quotes, and would end them',
    "End the quotes before it and begin them again after it: 'a '${value}' b'.",
  ],
  backticks: ['stands within backticks', 'Write $(…) instead.'],
  braces: ['stands within ${…} of the shell', 'Give it to a variable first: v=${value}; … "${NAME:-$v}".'],
  arithmetic: ['stands in arithmetic, where only a number can be', 'Pass a number, with a blank on both sides.'],
  comment: ['stands in a comment', 'Write the comment outside of the command.'],
  'here-document': ['stands in a here-document', 'Pass the text as input: host.$({ input: text })`cat`.'],
  'document end': ['is the end of a here-document', 'Pass the text as input: host.$({ input: text })`cat`.'],
  dollar: ['stands directly after a $', 'Write the name as text, or \\$ for the character.'],
  backslash: ['stands directly after a backslash', 'Leave the backslash out: the value is quoted as it is.'],
  name: [
    'stands directly after the name of a variable, and could be read as a part of it',
    'Write the name in braces.',
  ],
  tilde: ['stands directly after ~', 'Write the path as a whole, or ~ and the name as text.'],
  descriptor: ['stands directly before < or >, where a number would be a file descriptor', 'Put a blank after it.'],
  unclear: [
    'stands in a command that shells may read in different ways, so it is not certain what they would make of it',
    'Pass it in a variable: host.$({ env: { VALUE: value } })`… "$VALUE"`.',
  ],
}

/**
 * Checks that each value is one word or several, and that a shell would read it as such where it stands.
 * @throws TypeError that says which value is wrong, and how to write it
 */
export function verifyArguments(pieces: readonly string[], args: readonly unknown[]): asserts args is Argument[] {
  if (pieces.some((piece: string | undefined) => piece === undefined))
    throw new TypeError(
      'host.$: the command contains an escape that JavaScript does not know. Write \\\\ for a backslash.',
    )
  const { places } = readTemplate(pieces)
  for (const [index, value] of args.entries()) {
    const wrong = wrongValue(value) ?? wrongPlace(value, places[index])
    if (wrong === undefined) continue
    const before = (pieces[index] ?? '').slice(-60)
    const which = before.trim() === '' ? `value ${index + 1}` : `the value after ${before.trimStart()}`
    throw new TypeError(`host.$: ${which} ${wrong}`)
  }
}

function wrongValue(value: unknown): string | undefined {
  const each: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isWord = (one: unknown): boolean => (typeof one === 'number' ? Number.isFinite(one) : typeof one === 'string')
  const wrong = each.find((one) => !isWord(one))
  if (each.every(isWord))
    return each.every((word) => !String(word).includes('\0')) ? undefined : 'contains a NUL character'
  if (wrong instanceof Secret)
    return (
      `is the secret ${wrong.label}, which must not be part of a command. ` +
      'Pass it as input, or in a variable: host.$({ env: { NAME: secret } })`… "$NAME"`.'
    )
  const what = wrong instanceof Promise ? 'is a promise: it was passed without await' : `is ${describe(wrong)}`
  return `${what}${Array.isArray(value) ? ', in an array' : ''}. A value is a text, a finite number, or an array of these.`
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array in an array'
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'number') return `${value}, and not a finite number`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function wrongPlace(value: unknown, place: Place | undefined): string | undefined {
  if (!place) return undefined
  const { obstacle } = place
  if (obstacle !== undefined && !(obstacle === 'arithmetic' && isOperand(value, place))) {
    const [reason, remedy] = explanations[obstacle]
    return `${reason}. ${remedy}`
  }
  if (Array.isArray(value) && !place.alone)
    return 'is an array, which becomes several words, but it is only a part of one. Put a blank on both sides, or join it.'
  return undefined
}

/** Whether a number in arithmetic stays the number that it is, beside what stands there. */
const isOperand = (value: unknown, { before, after }: Place): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && !/[\w.#+-]/.test(before) && !/[\w.#]/.test(after)

/** Words with a meaning of their own at the beginning of a command, for sh or bash, and assignments. */
const special =
  /^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in|select|function|time|coproc|[A-Za-z_]\w*\+?=.*)$/

/** Arguments that were checked, as a shell reads them: the words of each one, in quotes where that is needed. */
export function quoteArguments(pieces: readonly string[], args: readonly Argument[]): string[] {
  const { places } = readTemplate(pieces)
  return args.map((value, index) => {
    const [first, ...others] = [value].flat().map((word) => quote(String(word)))
    if (first === undefined) return ''
    return [places[index]?.first && special.test(first) ? `'${first}'` : first, ...others].join(' ')
  })
}
