import { describe, expect, it } from 'vitest'
import { NeedsHost, unknownHost, unknownValue } from '../../../runner/cli/unknown-host.ts'
import { localHost } from '../../../runner/inventory/local.ts'

const needsA = expect.objectContaining({ message: 'a' }) as Error

describe('a value that only a host could give', () => {
  const value = unknownValue('a') as Record<string | symbol, unknown>

  it.each(['text', 'length', 'toString', 'catch', Symbol.iterator, Symbol.toPrimitive])('cannot be read: %s', (key) => {
    expect(() => value[key]).toThrow(NeedsHost)
    expect(() => value[key]).toThrow(needsA)
  })

  it('can be waited for', async () => {
    expect(value.then).toBeUndefined()
    const waited = await (value as unknown as Promise<object>)
    expect(() => `${waited as unknown as string}`).toThrow(NeedsHost)
  })
})

describe('a host of a listing', () => {
  const entry = localHost({ name: 'a', address: '192.0.2.1', vars: {} })
  const host = unknownHost({ ...entry, target: { ...entry.target, port: 2222, user: 'deploy' } })

  it('has the name and the login of the inventory', () => {
    expect([host.name, host.login]).toEqual(['a', { address: '192.0.2.1', port: 2222, user: 'deploy' }])
  })

  it('runs no command', () => {
    for (const run of [host.$, host.quiet, host.live]) {
      expect(() => run`true`).toThrow(NeedsHost)
      expect(() => run`true`).toThrow(needsA)
    }
  })

  it.each<[string, () => Promise<unknown>]>([
    ['fact', () => host.fact({ name: 'f', command: ['true'], parse: String })],
    ['read', () => host.read('/x')],
    ['file', () => host.file('/x')],
    ['write', () => host.write('/x', '')],
    ['upload', () => host.upload('/x', '/y')],
    ['spawn', () => host.spawn('true')],
    ['withNewConnection', () => host.withNewConnection(async () => undefined)],
  ])('rejects %s', async (_, ask) => {
    await expect(ask()).rejects.toBeInstanceOf(NeedsHost)
    await expect(ask()).rejects.toThrow(needsA)
  })

  it('does not end Node where nobody waits for what it rejects', async () => {
    const stray: unknown[] = []
    const listen = (error: unknown): void => void stray.push(error)
    process.on('unhandledRejection', listen)
    void host.read('/x')
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', listen)
    expect(stray).toEqual([])
  })
})
