import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type Argument, quoteArguments, verifyArguments } from '../../runner/host/arguments.ts'

/** Whatever a template is: if it is accepted, real shells see exactly the values, and run nothing of them. */
if (process.env.CI) fc.configureGlobal({ seed: 20_261_127 })

const shells = ['dash', 'bash'] as const
const folder = mkdtempSync(join(tmpdir(), 'values-'))
let runs = 0
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A text that runs a command if a shell reads it in any other way than as a word. */
const nasty = (index: number): string => `'";)\n>ran\n$(>ran)\`>ran\`}#;>ran;\\ *~${index}`

interface Seen {
  words: string[]
  ran: boolean
}

/**
 * Runs a text, in which `see` notes its arguments. Each run has a folder of its own, because a random text may leave a
 * process in the background.
 */
function run(shell: string, text: string): Seen {
  const place = join(folder, String(++runs))
  mkdirSync(place)
  const log = join(place, 'log')
  writeFileSync(log, '')
  const see = `see() { for word; do printf '%s\\0' "$word"; done >>'${log}'; }; x=`
  // As a session does it: a mistake in the syntax stays within the eval.
  spawnSync(shell, ['-c', `${see}\n${text}`], { cwd: place, stdio: 'ignore', timeout: 10_000 })
  return { words: readFileSync(log, 'utf8').split('\0').slice(0, -1), ran: existsSync(join(place, 'ran')) }
}

/** The text of a template with these values; undefined if it is refused. */
function accepted(pieces: readonly string[], values: readonly Argument[]): string | undefined {
  try {
    verifyArguments(pieces, values)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return undefined
  }
  const quoted = quoteArguments(pieces, values)
  return pieces.map((piece, index) => piece + (quoted[index] ?? '')).join('')
}

const hole = '\ue000'

/** The pieces of a text with holes. A hole in which no value is accepted is no longer one. */
function acceptedPieces(text: string): string[] {
  const pieces = text.split(hole)
  for (let at = 1; at < pieces.length;) {
    const soFar = [...pieces.slice(0, at), pieces.slice(at).join('r')]
    if (accepted(soFar, Array<string>(at).fill('x')) !== undefined) at += 1
    else pieces.splice(at - 1, 2, `${pieces[at - 1]}r${pieces[at]}`)
  }
  return pieces
}
const joined = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(''))
const many = (part: fc.Arbitrary<string>, between: fc.Arbitrary<string> | string, most = 3): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(part, typeof between === 'string' ? fc.constant(between) : between), {
      minLength: 1,
      maxLength: most,
    })
    .map((all) => all.map(([text, end], index) => (index < all.length - 1 ? text + end : text)).join(''))

/** Commands that are correct, with values in all kinds of places. */
const { list } = fc.letrec<Record<'word' | 'command' | 'list', string>>((tie) => ({
  word: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(hole, hole, `a${hole}`, `${hole}b`, 'plain', 'a#', '"', "'", '\\"', "\\'", '\\$').map(
      // A quote alone would never end.
      (text) => (text === '"' ? '"a b"' : text === "'" ? "'a b'" : text),
    ),
    fc.constantFrom(
      `"a ${hole} b"`,
      `'a ${hole} b'`,
      `$((1 + ${hole}))`,
      `"\${x:-${hole}}"`,
      `\${x:-${hole}}`,
      `$x${hole}`,
    ),
    fc.constantFrom(
      '$((2 + 3))',
      '"${x:-a}"',
      "${x:-'a b'}",
      '$$',
      '$#',
      '"a\\"b"',
      "'a\\'",
      '"a#b"',
      '"it\'s"',
      '"(" \')\'',
    ),
    joined(
      '"a ',
      tie('word').filter((text) => !/["'`]/.test(text)),
      ' b"',
    ),
    joined('$( ', tie('list'), ')'),
    joined('"$( ', tie('list'), ')"'),
    joined('"a $( ', tie('list'), `)${hole}"`),
    joined('"$( ', tie('list'), `)"${hole}`),
    joined(
      '`',
      tie('list').filter((text) => !text.includes('`') && !text.includes('\\')),
      '`',
    ),
    joined('$( ', tie('list'), '\n)'),
  ),
  command: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    joined('see ', many(tie('word'), ' ')),
    joined('see ', many(tie('word'), ' '), fc.constantFrom(` # it's a "comment (\n:`, ` # ${hole}\n:`)),
    joined('see ', many(tie('word'), fc.constantFrom(' ', ' \\\n '))),
    joined('{ ', tie('list'), '; }'),
    joined('( ', tie('list'), ' )'),
    joined('if :; then ', tie('list'), '; fi'),
    joined('for n in 1; do ', tie('list'), '; done'),
    joined(
      fc.constantFrom('case a in ', 'case a in\n'),
      fc.constantFrom('b) : ;; ', ''),
      fc.constantFrom('*) ', '(*) ', `${hole}|*) see ${hole}; `),
      tie('list'),
      fc.constantFrom(';; esac', '\nesac', ' ;;\n esac'),
    ),
    joined(
      'see ',
      tie('word'),
      fc.constantFrom(
        ' </dev/null',
        ` <<E\nit's "${'$'}x (\nE\n:`,
        " <<'E F'\n$( `\nE F\n:",
        ` <<-E\n\t${hole}\n\tE\n:`,
        ` <<E ; see ${hole}\nbody\nE\n:`,
      ),
    ),
    joined('{ v=', tie('word'), '; see "$v"; }'),
  ),
  list: many(tie('command'), fc.constantFrom('; ', '\n', ' && ')),
}))

describe.each(shells)('%s', (shell) => {
  it('sees each value of a template that is accepted exactly, wherever that stands', () => {
    let count = 0
    fc.assert(
      fc.property(list, (text) => {
        const pieces = acceptedPieces(text)
        const values = pieces.slice(1).map((_, index) => nasty(index))
        const script = accepted(pieces, values)
        if (script === undefined || values.length === 0) return
        count += 1
        const { words, ran } = run(shell, script)
        expect(ran, `RAN\n${script}`).toBe(false)
        for (const value of values) expect(words.some((word) => word.includes(value)) || !seen(text), script).toBe(true)
      }),
      { numRuns: 100 },
    )
    expect(count).toBeGreaterThan(50)
  })

  it('runs nothing of a value of a template that is accepted, however mistaken that is', () => {
    const tokens = [
      '"',
      "'",
      '\\',
      '$',
      '(',
      ')',
      '$(',
      '${',
      '}',
      '`',
      '#',
      ' ',
      '\n',
      ';',
      '|',
      '&',
      '<<',
      'E',
      '\nE\n',
      'case',
      ' in ',
      'esac',
      ';;',
      'see ',
      'a',
      '$((',
      '))',
      '~',
      '=',
      '{ ',
      '\\\n',
      '-',
      '<',
      '!',
      '"$(',
      ')"',
      'if ',
      'then ',
      'fi',
      hole,
      hole,
    ]
    let count = 0
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 14 }), (parts) => {
        const pieces = acceptedPieces(['see a ', ...parts, hole].join(''))
        const script = accepted(
          pieces,
          pieces.slice(1).map((_, index) => nasty(index)),
        )
        if (script === undefined || pieces.length === 1) return
        count += 1
        // What is open at the end is closed in several ways, so that it is run at all.
        for (const end of ['', ')', '"', "'", ')"', '`', '}', '; esac)"', '; fi'])
          expect(run(shell, script + end).ran, script + end).toBe(false)
      }),
      { numRuns: 80 },
    )
    expect(count).toBeGreaterThan(15)
  })

  it.each(['if', 'A=b', 'case', 'in', '{', '!', 'time', 'done', 'A+=b', '-n', '~', '#'])(
    'takes %s for a word at the beginning of a command',
    (word) => {
      for (const [before, after] of [
        ['', ''],
        ['true; ', ''],
        ['A=b ', ''],
        ['</dev/null ', ''],
        ['if true; then ', '; fi'],
        ['$(true\n', ')'],
      ] as const) {
        const script = accepted([before, ` x && see yes${after}`], [word]) ?? 'see refused'
        expect(run(shell, `set -e\n${script}`).words).toEqual([])
      }
      const script = accepted(
        ['see ', ' ', '; for x in ', '; do see "$x"; done; case ', ' in ', ') see same;; esac'],
        [word, word, word, word, word],
      )
      expect(run(shell, script ?? '').words).toEqual([word, word, word, 'same'])
    },
  )

  it('keeps several words apart, also at the beginning of a command', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).map((text) => Buffer.from(text.replaceAll('\0', '')).toString()),
          { maxLength: 4 },
        ),
        (words) => {
          expect(
            run(shell, accepted(['', '; for x in ', '; do see "$x"; done'], [['see', ...words], words]) ?? '').words,
          ).toEqual([...words, ...words])
        },
      ),
      { numRuns: 40 },
    )
  })
})

/** Whether a value can reach `see` in any way: not in what a pipe or a comment drops. */
const seen = (text: string): boolean => !text.includes(`${hole}|*)`)
