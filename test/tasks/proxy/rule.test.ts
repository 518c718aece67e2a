import { describe, expect, it } from 'vitest'
import { explicitPriority, lastPriority, priorityAbove, ruleOf } from '../../../tasks/proxy/rule.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'

const app = (access: unknown): ReturnType<typeof toApp> =>
  toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/y', access }))
/** The priority as Traefik has it. */
const priority = (access: unknown): number => explicitPriority(app(access)) || ruleOf(app(access)).length

describe('the rule of an app', () => {
  it.each<[unknown, string]>([
    ['local', 'PathPrefix(`/`)'],
    [{ path: '/blog' }, 'Path(`/blog`) || PathPrefix(`/blog/`)'],
    [{ domain: 'a.org' }, 'Host(`a.org`)'],
    [{ domain: ['a.org', 'b.org'] }, 'Host(`a.org`) || Host(`b.org`)'],
    [
      { domain: ['a.org', 'b.org'], path: '/blog' },
      '(Host(`a.org`) || Host(`b.org`)) && (Path(`/blog`) || PathPrefix(`/blog/`))',
    ],
  ])('for %j', (access, rule) => expect(ruleOf(app(access))).toBe(rule))

  it('goes before those that are less exact, and all go before what answers for no app', () => {
    const order = [
      { domain: 'a.b', path: '/x/y' },
      { domain: 'a.b', path: '/x' },
      { domain: 'a.b' },
      { path: '/a/long/path/indeed' },
      { path: '/x' },
      'local',
    ].map(priority)
    expect(order).toEqual(order.toSorted((a, b) => b - a))
    expect(new Set(order).size).toBe(order.length)
    expect(Math.min(...order)).toBeGreaterThan(lastPriority)
  })

  it('is outdone by a maintenance, which an app below one of its paths outdoes', () => {
    for (const [access, below] of [
      ['local', { path: '/x' }],
      [{ domain: 'a.b' }, { domain: 'a.b', path: '/x' }],
      [{ path: '/x' }, { path: '/x/y' }],
    ]) {
      expect(priorityAbove(app(access))).toBeGreaterThan(priority(access))
      expect(priorityAbove(app(access))).toBeLessThan(priority(below))
    }
  })
})
