import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../runner/errors.ts'
import { verifyOnOptions } from '../../../runner/play/on-options.ts'

type Given = Parameters<typeof verifyOnOptions>[0]

describe('the options of a play', () => {
  it.each<Given>([
    { forks: 1 },
    { forks: 25, maxFail: 0 },
    { forks: 25, maxFail: 3 },
    { forks: 25, maxFail: '0%' },
    { forks: 25, maxFail: '100%' },
  ])('may be %j', (options) => expect(verifyOnOptions(options)).toBeUndefined())

  it.each<[Given, string]>([
    [{ forks: 0 }, 'forks is a whole number of 1 or more, not 0'],
    [{ forks: -1 }, 'forks is a whole number of 1 or more, not -1'],
    [{ forks: 1.5 }, 'forks is a whole number of 1 or more, not 1.5'],
    [{ forks: Number.NaN }, 'forks is a whole number of 1 or more, not NaN'],
    [{ forks: Infinity }, 'forks is a whole number of 1 or more, not Infinity'],
    [{ forks: 1, maxFail: -1 }, 'maxFail is a number of hosts, 0 or more, or a share such as 25%, not -1'],
    [{ forks: 1, maxFail: 0.5 }, 'maxFail is a number of hosts, 0 or more, or a share such as 25%, not 0.5'],
  ])('are not %j', (options, message) => expect(() => verifyOnOptions(options)).toThrow(new UsageError(message)))
})
