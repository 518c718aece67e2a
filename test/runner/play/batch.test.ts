import { describe, expect, it } from 'vitest'
import { batches, exceedsMaxFail, parseSerial, parseShare, type Serial } from '../../../runner/play/batch.ts'

const hosts = Array.from({ length: 20 }, (_, index) => index)

describe('serial', () => {
  it.each<[Serial | undefined, number[]]>([
    [undefined, [20]],
    [7, [7, 7, 6]],
    ['25%', [5, 5, 5, 5]],
    ['1%', Array.from({ length: 20 }, () => 1)],
    [
      [1, 5, '25%'],
      [1, 5, 5, 5, 4],
    ],
    [
      [1, 100],
      [1, 19],
    ],
  ])('%j', (serial, sizes) => {
    const cut = batches(hosts, serial)
    expect(cut.map((batch) => batch.length)).toEqual(sizes)
    expect(cut.flat()).toEqual(hosts)
  })

  it('of no hosts is no batch', () => expect(batches([], 3)).toEqual([]))

  it.each<[Serial, string]>([
    [Number.NaN, 'not NaN'],
    [0.5, 'not 0.5'],
    [[1, 0], 'not 0'],
    ['120%', 'not 120%'],
    ['0%', 'not 0%'],
    [[], 'an empty list'],
  ])('%j of an author is refused', (serial, said) => expect(() => batches(hosts, serial)).toThrow(said))

  it('is read from a command line', () => {
    expect(parseSerial('serial', '1, 5,25%')).toEqual([1, 5, '25%'])
    expect(parseShare('max-fail', '0', 0)).toBe(0)
    for (const wrong of ['', '0', '1.5', '-1', '101%', '0%', 'x', '5,'])
      expect(() => parseSerial('serial', wrong)).toThrow('--serial takes a number or a share')
  })
})

describe('max fail', () => {
  it('counts all hosts so far, or the share of a batch', () => {
    expect(exceedsMaxFail(0, { soFar: 0, inBatch: 0, batch: 5 })).toBe(false)
    expect(exceedsMaxFail(0, { soFar: 1, inBatch: 0, batch: 5 })).toBe(true)
    expect(exceedsMaxFail(2, { soFar: 2, inBatch: 1, batch: 5 })).toBe(false)
    expect(exceedsMaxFail('20%', { soFar: 9, inBatch: 1, batch: 5 })).toBe(false)
    expect(exceedsMaxFail('20%', { soFar: 2, inBatch: 2, batch: 5 })).toBe(true)
  })
})
