import fc from 'fast-check'
import { expect, it } from 'vitest'
import { identifier, joined, sql, textArray, verifySqlName } from '../../../tasks/postgres/sql.ts'
import { refusal } from '../system/played.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom("'", '"', '\\', ';', '$', 'E', ' ', '\n', ':', '-', 'ü', '名') }),
)

/** Reads one quoted word of SQL as PostgreSQL's lexer does. @returns its value, and what is left */
function read(source: string, standardStrings: boolean): [value: string, rest: string] {
  const [, prefix = '', quote = ''] = /^\s*(E?)(['"])/.exec(source) ?? []
  const escapes = quote === "'" && (prefix === 'E' || !standardStrings)
  let value = ''
  for (let at = source.indexOf(quote) + 1; ; at++) {
    if (at >= source.length) throw new Error('the quotes are still open')
    if (source[at] === '\\' && escapes) value += source[++at]
    else if (source[at] !== quote) value += source[at]
    else if (source[at + 1] === quote) value += source[at++]
    else return [value, source.slice(at + 1)]
  }
}

it('any text is one literal, however the server reads a backslash', () => {
  fc.assert(
    fc.property(text, fc.boolean(), (value, standardStrings) => {
      expect(read(sql`${value}`.sql, standardStrings)).toEqual([value, ''])
    }),
  )
})

it('any name is one identifier', () => {
  fc.assert(
    fc.property(text, fc.boolean(), (value, standardStrings) => {
      expect(read(identifier(value).sql, standardStrings)).toEqual([value, ''])
    }),
  )
})

it('values stand where they were put, quoted unless they are SQL', () => {
  const name = identifier('a"b; DROP')
  expect(sql`ALTER ROLE ${name} CONNECTION LIMIT ${5} PASSWORD ${"it's"}`.sql).toBe(
    `ALTER ROLE "a""b; DROP" CONNECTION LIMIT 5 PASSWORD 'it''s'`,
  )
  expect(sql`${'a\\b'}`.sql).toBe(" E'a\\\\b'")
  expect(joined([sql`A`, name], ', ').sql).toBe('A, "a""b; DROP"')
  expect(textArray([]).sql).toBe('ARRAY[]::text[]')
  expect(textArray(["a'", 'b']).sql).toBe("ARRAY['a''', 'b']::text[]")
})

it.each(['a', 'ü'.repeat(31), 'x'.repeat(63), '; -- "'])('the name %j is taken', (name) => {
  expect(() => verifySqlName('role', name)).not.toThrow()
})

it.each(['', 'x'.repeat(64), 'ü'.repeat(32), 'a\nb', 'a\0', '\ud800'])('the name %j is refused', async (name) => {
  expect(await refusal(() => verifySqlName('extension', name))).toContain(
    'is not a valid name of an extension in PostgreSQL\nIt has from 1 to 63 bytes',
  )
})
