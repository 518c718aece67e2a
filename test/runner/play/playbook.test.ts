import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Event } from '../../../runner/events.ts'
import { parseInventory } from '../../../runner/inventory/index.ts'
import { play, playbook, type PlayOptions } from '../../../runner/play/playbook.ts'
import { Secret } from '../../../runner/secret/index.ts'

const inventory = parseInventory(
  'hosts: { a: {}, b: {}, c: {} }\ngroups: { web: { hosts: [b, c] } }\n',
  '/srv/ops/inventory.yaml',
  z.unknown(),
)
const signal = new AbortController().signal

function made(more: Partial<PlayOptions<unknown, Record<never, never>>> = {}) {
  const events: Event[] = []
  const calls: unknown[][] = []
  const options: PlayOptions<unknown, Record<never, never>> = {
    executor: { on: async (...args) => void calls.push(args), emit: (event) => void events.push(event) },
    check: true,
    signal,
    inventory,
    limit: ['a', 'c'],
    options: {},
    positionals: ['v1'],
    secret: (_, label) => new Secret('x', label),
    ...more,
  }
  return { events, calls, options, play: play(options) }
}
const names = (hosts: readonly { name: string }[]): string[] => hosts.map(({ name }) => name)

it('a playbook is its name, its definition and its work, which does not start by itself', () => {
  const definition = { settings: z.unknown(), help: 'x' }
  const work = (): never => {
    throw new Error('it started')
  }
  expect(playbook('test', definition, work)).toEqual({ name: 'test', definition, work })
})

describe('what a playbook is called with', () => {
  it('has what the command line says', () => {
    const { play: given, options } = made()
    expect(given).toMatchObject({ check: true, positionals: ['v1'] })
    expect([given.inventory, given.options, given.signal, given.secret]).toEqual([
      inventory,
      options.options,
      signal,
      options.secret,
    ])
    expect(made({ check: false }).play.check).toBe(false)
  })

  it('gives the hosts of a pattern, without those that the run is not limited to', () => {
    const { play: given } = made()
    expect(names(given.hosts())).toEqual(['a', 'c'])
    expect(names(given.hosts('all'))).toEqual(['a', 'c'])
    expect(names(given.hosts('web'))).toEqual(['c'])
    expect(names(given.hosts('b'))).toEqual([])
    expect(() => given.hosts('d')).toThrow("no host or group is called 'd'")
  })

  it('runs work on hosts, with options or without', async () => {
    const { play: given, calls } = made()
    const work = async (): Promise<void> => undefined
    await given.on(given.hosts(), work)
    await given.on(given.hosts('web'), { serial: 1 }, work)
    expect(calls).toEqual([
      [given.hosts(), {}, work],
      [given.hosts('web'), { serial: 1 }, work],
    ])
  })

  it('fails with the work', async () => {
    const error = new Error('broken')
    const { play: given } = made({ executor: { on: () => Promise.reject(error), emit: () => undefined } })
    await expect(given.on([], async () => undefined)).rejects.toBe(error)
  })

  it('resolves paths from the inventory’s folder', () => {
    const { play: given } = made()
    expect(['ca.crt', '../x', '/etc/x', ''].map((path) => given.path(path))).toEqual([
      '/srv/ops/ca.crt',
      '/srv/x',
      '/etc/x',
      '/srv/ops',
    ])
    const relative = made({ inventory: { ...inventory, path: 'ops/inventory.yaml' } })
    expect(relative.play.path('x')).toBe(`${process.cwd()}/ops/x`)
  })

  it('says something for all hosts', () => {
    const { play: given, events } = made()
    given.say('hello')
    expect(events).toEqual([{ type: 'note', text: 'hello' }])
  })

  it('reports what was found out about a host', () => {
    const { play: given, events } = made()
    const findings = [{ severity: 'note', subject: 'disk', text: 'full' }] as const
    given.findings({ name: 'a' }, findings)
    expect(events).toEqual([{ type: 'findings', host: 'a', findings }])
  })
})
