import { describe, expect, it } from 'vitest'
import { CutoverError } from '../../../runner/index.ts'
import { localHost } from '../../../runner/inventory/local.ts'
import { perHost } from '../../../tasks/app/per-host.ts'

const hosts = ['a', 'b'].map((name, index) => localHost({ name, address: name, vars: { port: index + 1 } }))

describe('a value for each host', () => {
  it('is computed at once and once only, and is then asked for by the host’s name', () => {
    const computed: string[] = []
    const portOf = perHost(hosts, ({ name, vars }) => (computed.push(name), vars.port))
    expect(computed).toEqual(['a', 'b'])
    expect([portOf({ name: 'b' }), portOf({ name: 'a' }), portOf({ name: 'b' })]).toEqual([2, 1, 2])
    expect(computed).toEqual(['a', 'b'])
  })

  it('may be undefined', () => {
    expect(perHost(hosts, () => undefined)({ name: 'a' })).toBeUndefined()
  })

  it('that cannot be computed is an error before any is asked for', () => {
    const error = new Error('broken')
    const compute = (): never => {
      throw error
    }
    expect(() => perHost(hosts, compute)).toThrow(error)
  })

  it('is there for no other host', () => {
    const valueOf = perHost(hosts, () => 'x')
    expect(() => valueOf({ name: 'c' })).toThrow(new CutoverError('c is not a host of this run'))
  })
})
