import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../runner/errors.ts'
import { Secret } from '../../runner/secret/secret.ts'
import { folder, render, renderText } from '../../runner/template.ts'

const root = mkdtempSync(join(tmpdir(), 'cutover-'))
const path = folder(root)('t.njk')
const template = (text: string): string => (writeFileSync(path, text), path)

describe('a template', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['{{ a }}', { a: '<&"' }, '<&"'],
    ['{{ a | json }}', { a: { b: [1] } }, '{"b":[1]}'],
    ['{{ a | sh }} {{ n | sh }}', { a: "it's", n: 1 }, `'it'\\''s' 1`],
    ['  {% if a %}\nx\n  {% endif %}\ny', { a: true }, 'x\ny'],
    ['{{ a.b[0].c }}', { a: { b: [{ c: 1 }] } }, '1'],
  ])('%j with %j is %j', (text, values, rendered) => {
    expect(render(template(text), values)).toBe(rendered)
  })

  it('with a secret in its values is a secret', () => {
    const values = { a: [{ b: new Secret('one', 'first') }], c: new Secret('two', 'second'), d: null }
    const rendered = render(template('{{ a[0].b }} {{ c }}'), values)
    expect(rendered).toBeInstanceOf(Secret)
    expect((rendered as Secret).reveal()).toBe('one two')
    expect((rendered as Secret).label).toBe('first, second')
    expect(() => renderText(path, values)).toThrow(TypeError)
  })

  it('without a secret is a text', () => {
    expect(renderText(template('{{ a }}'), { a: 1 })).toBe('1')
  })
})

describe('a mistake in a template is named with its line', () => {
  const mistake = (text: string, values: Record<string, unknown>): { message: string; hint: string | undefined } => {
    try {
      render(template(text), values)
    } catch (error) {
      if (error instanceof CutoverError) return { message: error.message.replace(path, 'PATH'), hint: error.hint }
    }
    throw new Error('it was rendered')
  }
  it('and, for an unknown variable, with the most similar known one', () => {
    expect([
      mistake('a\n  {{ prot }}', { port: 1 }),
      mistake('{{ zzzzzzzz }}', { port: 1, host: 2 }),
      mistake('{{ x }}', {}),
      mistake('{% if not prot %}{{ prot.x.y }}{% endif %}', { port: 1 }),
      mistake('{% for x in %}', { a: 1 }),
      mistake('{{ a.b.c }}', { a: 1 }),
    ]).toMatchInlineSnapshot(`
      [
        {
          "hint": "Did you mean 'port'? It was given: port.",
          "message": "PATH:2:3: attempted to output null or undefined value: {{ prot }}",
        },
        {
          "hint": "It was given: port, host.",
          "message": "PATH:1:1: attempted to output null or undefined value: {{ zzzzzzzz }}",
        },
        {
          "hint": "It was given: nothing.",
          "message": "PATH:1:1: attempted to output null or undefined value: {{ x }}",
        },
        {
          "hint": "Did you mean 'port'? It was given: port.",
          "message": "PATH:1:18: attempted to output null or undefined value: {% if not prot %}{{ prot.x.y }}{% endif %}",
        },
        {
          "hint": "It was given: a.",
          "message": "PATH:1:13: unexpected token: %}: {% for x in %}",
        },
        {
          "hint": "It was given: a.",
          "message": "PATH:1:1: attempted to output null or undefined value: {{ a.b.c }}",
        },
      ]
    `)
  })
})
