import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
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
    ['{{ a | json(2) }}', { a: { b: 1 } }, '{\n  "b": 1\n}'],
    ['{{ a | quote }} {{ n | quote }} {{ l | quote }}', { a: "it's", n: 1, l: ['x y', 'z'] }, `'it'\\''s' 1 'x y' z`],
    ['{{ a | b64 }} {{ b | b64 }}', { a: 'ü', b: Buffer.from([255]) }, 'w7w= /w=='],
    ['x: {{ a | indent(2) }}|{{ a | indent(1, true) }}', { a: 'b\n\nc' }, 'x: b\n\n  c| b\n\n c'],
    ['{% if a is defined %}a{% else %}b{% endif %}{{ a.b | default("c") }}', {}, 'bc'],
    ['{% if a is defined and a %}a{% endif %}{% if n %}n{% endif %}', { n: null }, ''],
    ['{% for k, v in m %}{{ k }}={{ v }};{% endfor %}', { m: { a: 1, b: 2 } }, 'a=1;b=2;'],
    ['{% for x in l %}{{ loop.index }}{{ x.a }}{% endfor %}{{ l | length }}', { l: [{ a: 'x' }] }, '1x1'],
    ['{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m("a") }}{% set y = 1 %}{{ y }}', {}, '<a>1'],
    ['{{ l | join(",") }} {{ "a" ~ n }} {{ t | upper }}', { l: [1, 2], n: 3, t: 'x' }, '1,2 a3 X'],
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
          "message": "PATH:2:6: 'prot' is unknown: {{ prot }}",
        },
        {
          "hint": "It was given: port, host.",
          "message": "PATH:1:4: 'zzzzzzzz' is unknown: {{ zzzzzzzz }}",
        },
        {
          "hint": "It was given: nothing.",
          "message": "PATH:1:4: 'x' is unknown: {{ x }}",
        },
        {
          "hint": "Did you mean 'port'? It was given: port.",
          "message": "PATH:1:11: 'prot' is unknown: {% if not prot %}{{ prot.x.y }}{% endif %}",
        },
        {
          "hint": "It was given: a.",
          "message": "PATH:1:13: unexpected token: %}: {% for x in %}",
        },
        {
          "hint": "It was given: a.",
          "message": "PATH:1:5: 'a.b' is unknown: {{ a.b.c }}",
        },
      ]
    `)
  })

  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'an unknown variable in a condition',
      'a\n{% if prot %}x{% endif %}',
      { port: 1 },
      "PATH:2:7: 'prot' is unknown: {% if prot %}x{% endif %}",
    ],
    ['an unknown key in a condition', '{% if a.b.c %}x{% endif %}', { a: { b: {} } }, "PATH:1:10: 'a.b.c' is unknown"],
    ['an unknown variable in a loop', '{% for x in list %}{% endfor %}', { a: 1 }, "'list' is unknown"],
    ['an unknown variable in a filter', '\n\n{{ x | quote }}', { a: 1 }, "PATH:3:4: 'x' is unknown"],
    ['an unknown variable in an expression', '{{ "a" if x else "b" }}', {}, "'x' is unknown"],
    [
      'a map',
      '\n{{ m }}',
      { m: { a: 1 } },
      'PATH:2:1: a map cannot become a text: name what is wanted of it, or use | json',
    ],
    ['a list', '{{ m }}', { m: [1] }, 'a list cannot become a text'],
    ['a function', '{{ f }}', { f: () => 1 }, 'a function cannot become a text'],
    ['a map in a filter', '\n{{ m | quote }}', { m: { a: 1 } }, 'PATH:2:8: a map cannot become a text'],
    ['a map that is joined to a text', '\n{{ "a" ~ m }}', { m: { a: 1 } }, 'PATH:2:4: a map cannot become a text'],
    ['a list that is added to a text', '{{ "a" + m }}', { m: [1] }, 'a list cannot become a text'],
    ['null', '{{ n }}', { n: null }, 'null cannot become a text'],
    ['an unknown filter', '\n{{ 1 | nope }}', {}, 'PATH:2:8: filter not found: nope'],
    ['an included file that is missing', '{% include "none.njk" %}', {}, 'template not found: none.njk'],
    ['an included file outside', '{% include "../x.njk" %}', {}, "/x.njk' is not below"],
    ['an included file by an absolute path', '{% include "/etc/passwd" %}', {}, "'/etc/passwd' is not below"],
    ['an included file behind a link', '{% include "way-out/passwd" %}', {}, 'is not below'],
  ])('%s', (_, text, values, problem) => {
    expect(mistake(text, values).message).toContain(problem)
  })
})

describe('a template that includes another', () => {
  mkdirSync(join(root, 'parts/deep'), { recursive: true })
  symlinkSync('/etc', join(root, 'way-out'))
  writeFileSync(join(root, 'parts/a.njk'), '<{{ a }}{% include "./deep/b.njk" %}>')
  writeFileSync(join(root, 'parts/deep/b.njk'), '{% include "parts/deep/c.njk" %}\n{% if b %}b{% endif %}')
  writeFileSync(join(root, 'parts/deep/c.njk'), 'c')
  writeFileSync(join(root, 'parts/broken.njk'), '\n{% if %}')
  writeFileSync(join(root, 'parts/base.njk'), '[{% block x %}base{% endblock %}]')
  const problem = (text: string, values: Record<string, unknown>): string => {
    try {
      render(template(text), values)
      return 'it was rendered'
    } catch (error) {
      return (error as Error).message.replace(root, 'ROOT')
    }
  }

  it('finds it from its own folder, or beside the one that includes it', () => {
    expect(render(template('{% include "parts/a.njk" %}'), { a: 1, b: true })).toBe('<1cb>')
    expect(
      render(template('{% extends "parts/base.njk" %}{% block x %}{{ super() }}+{{ a }}{% endblock %}'), { a: 1 }),
    ).toBe('[base+1]')
  })

  it('names the file and line of a mistake in it', () => {
    expect(problem('\n{% include "parts/a.njk" %}', { a: 1 })).toBe(
      "ROOT/parts/deep/b.njk:2:7: 'b' is unknown: {% if b %}b{% endif %}",
    )
    expect(problem('{% include "parts/broken.njk" %}', {})).toMatch(/^ROOT\/parts\/broken\.njk:2.*unexpected token/)
  })
})
