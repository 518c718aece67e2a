import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { extraVars } from '../../../runner/inventory/extra-vars.ts'
import type { Level } from '../../../runner/inventory/variables.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const level = (option: string): Level => {
  const [first] = extraVars([option])
  if (!first) throw new Error('there is no level')
  return first
}
const refused = (option: string): string[] => {
  try {
    extraVars([option])
  } catch (error) {
    return explain(error)
  }
  throw new Error('the option was taken')
}

describe('--extra-vars', () => {
  it('gives a level for each option, in order', () => {
    expect(extraVars(['a=1', 'b=2']).map(({ values, prefix }) => ({ values, prefix }))).toEqual([
      { values: { a: 1 }, prefix: [] },
      { values: { b: 2 }, prefix: [] },
    ])
  })

  it.each([
    ['a=1', { a: 1 }],
    ['a.b.c=x', { a: { b: { c: 'x' } } }],
    [' a =x', { a: 'x' }],
    ['a=', { a: null }],
    ['a=true', { a: true }],
    ['a=[1, x]', { a: [1, 'x'] }],
    ['a={ b: 1 }', { a: { b: 1 } }],
    ['a=b c', { a: 'b c' }],
    ['a=b=c', { a: 'b=c' }],
    ["a='b c=d'", { a: 'b c=d' }],
    ['a="b c=d"', { a: 'b c=d' }],
    ['a= x', { a: ' x' }],
    ['a=*x', { a: '*x' }],
    ['a=!x y', { a: '!x y' }],
    ['a="', { a: '"' }],
    ['a=|\n  b\n', { a: 'b\n' }],
    ['a=|', { a: '|' }],
    ['{ a: 1, b: { c: x } }', { a: 1, b: { c: 'x' } }],
    [' {"a": 1}', { a: 1 }],
  ])('%j gives %j', (option, values) => expect(level(option).values).toEqual(values))

  it('knows the text of a value as it was typed', () => {
    expect(level('a.b=1.10').textOf(['a', 'b'])).toBe('1.10')
    expect(level('a=[0049]').textOf(['a', 0])).toBe('0049')
    expect(level('a={ b: 0x1F }').textOf(['a', 'b'])).toBe('0x1F')
    expect(level('{ a: 1.10 }').textOf(['a'])).toBe('1.10')
    expect(level("a='1.10'").textOf(['a'])).toBeUndefined()
  })

  it('names the option and the key as the place', () => {
    expect(level('a.b=1').where(['a', 'b'])).toBe('--extra-vars a.b')
    expect(level('{ a: 1 }').where(['a'])).toBe('--extra-vars a')
  })

  it('takes a file, whose places are its lines', () => {
    const path = write('over.yaml', '# over\nport: 1.10\n')
    const { values, prefix, where, textOf } = level(`@${path}`)
    expect({ values, prefix }).toEqual({ values: { port: 1.1 }, prefix: [] })
    expect(where(['port'])).toBe(`${path}:2:1`)
    expect(textOf(['port'])).toBe('1.10')
  })

  const neither = (option: string): string[] => [
    `--extra-vars '${option}' is neither key=value nor { a: map } nor @file.yaml`,
  ]
  it.each([
    ['port', neither('port')],
    ['=1', neither('=1')],
    [' =1', neither(' =1')],
    ['a..b=1', neither('a..b=1')],
    ['.a=1', neither('.a=1')],
    [
      'port=1 name=x',
      [
        "--extra-vars 'port=1 name=x': is 'name=…' a second variable?",
        'Use -e once for each variable, or put quotes around the value: -e "a=\'b c=d\'".',
      ],
    ],
    ['@/nowhere.yaml', ['--extra-vars @/nowhere.yaml: there is no file /nowhere.yaml']],
    ['@/tmp', ['--extra-vars @/tmp: there is no file /tmp']],
  ])('%j is refused', (option, lines) => expect(refused(option)).toEqual(lines))

  it.each(['port=[1', '{ a: [ }'])('%j is refused with what YAML says', (option) => {
    const lines = refused(option)
    expect(lines[0]).toMatch(/^--extra-vars '.*': [^\n]+$/)
    expect(lines.at(-1)).toBe(
      'Write a list or a map as in YAML. Put quotes around a text that begins with a bracket: KEY=\'"[text"\'.',
    )
  })
})
