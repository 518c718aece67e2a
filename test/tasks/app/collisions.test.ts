import { describe, expect, it } from 'vitest'
import { parseInventory } from '../../../runner/index.ts'
import { appsOf } from '../../../tasks/app/apps.ts'
import { settings, topLevel } from '../../../tasks/app/settings.ts'

/** What is refused of two apps with such an `access`. */
function refused(first: string, second: string): { message: string; hint?: string } | null {
  const text = `hosts: { one:, two: }
apps:
  a:
    image: x/a
    access: ${first}
  b:
    image: x/b
    access: ${second}
`
  const inventory = parseInventory(text, 'inventory.yaml', settings, { topLevelKeys: topLevel })
  try {
    for (const host of inventory.hosts) appsOf(inventory, host)
    return null
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string }
    return { message, hint }
  }
}

describe('two apps of a host', () => {
  it.each([
    ['local', '{ domain: b.org }'],
    ['local', '{ path: /b }'],
    ['{ path: /a }', '{ path: /b }'],
    ['{ domain: a.org }', '{ domain: b.org }'],
    ['{ domain: a.org }', '{ domain: a.org, path: /b }'],
    ['{ domain: [a.org, b.org] }', '{ domain: [c.org, d.org] }'],
    ['{ domain: a.org, redirect_from: [www.a.org] }', '{ domain: b.org, redirect_from: [www.b.org] }'],
    ['{ domain: a.org, redirect_from: [www.a.org] }', '{ domain: www.a.org, path: /b }'],
  ])('may be %s and %s', (first, second) => expect(refused(first, second)).toBeNull())

  it.each([
    ['{ domain: a.org }', '{ domain: a.org }', 'a.org'],
    ['{ domain: a.org }', '{ domain: A.org, https: off }', 'a.org'],
    ['{ domain: [a.org, b.org] }', '{ domain: [c.org, b.org] }', 'b.org'],
    ['{ domain: a.org, path: /x }', '{ domain: a.org, path: /x }', 'a.org/x'],
    ['{ path: /x }', '{ path: /x }', '/x'],
    ['{ domain: a.org, redirect_from: [b.org] }', '{ domain: b.org }', 'b.org'],
  ])('are not %s and %s', (first, second, what) => {
    expect(refused(first, second)).toEqual({
      message: `inventory.yaml:8:15: ${what} belongs to both a and b on one`,
      hint:
        'inventory.yaml:5:15: a has it too. ' +
        'Give one of them another domain, or a path: access: { domain: NAME, path: /NAME }.',
    })
  })

  it('are not two that answer by IP, also unasked', () => {
    const hint = 'Give the others a domain (access: { domain: NAME }) or a path (access: { path: /NAME }).'
    const message = (place: string): string =>
      `inventory.yaml:${place}: one has 2 apps with 'access: local', and only one can answer by IP: a, b`
    expect(refused('local', 'local')).toEqual({ message: message('8:5'), hint })
    expect(refused('local', 'local\n    hosts: one')).toEqual({ message: message('8:5'), hint })
  })

  it('may be the same on different hosts', () => {
    expect(refused('{ domain: a.org }\n    hosts: one', '{ domain: a.org }\n    hosts: two')).toBeNull()
  })
})
