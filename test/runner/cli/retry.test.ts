import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keepForRetry, retryFile, toRetry, withFiles } from '../../../runner/cli/retry.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const file = retryFile(join(folder, 'inventory.yaml'), 'Set up servers!')

describe('hosts that are left for --retry', () => {
  it('stand beside the inventory, until a run finishes them', () => {
    expect(file).toBe(join(folder, '.cutover/set-up-servers-.retry'))
    expect(() => toRetry(file)).toThrow('left no host unfinished')
    keepForRetry(file, ['b', 'c'], ['a', 'b', 'c'])
    expect(toRetry(file)).toEqual(['b', 'c'])
    keepForRetry(file, [], ['b'])
    expect(toRetry(file)).toEqual(['c'])
    keepForRetry(file, [], ['c'])
    expect(existsSync(file)).toBe(false)
  })

  it('that can’t be kept are no error', () => {
    writeFileSync(join(folder, 'a-file'), '')
    expect(keepForRetry(join(folder, 'a-file/x.retry'), ['a'], ['a'])).toBe(false)
  })
})

describe('@FILE in --limit', () => {
  it('stands for its hosts, also with a sign', () => {
    const path = join(folder, 'some')
    writeFileSync(path, '# these\na\n b \n\n')
    expect(withFiles(`web,@${path}`)).toBe('web,a,b')
    expect(withFiles(`all:!@${path}`)).toBe('all:!a,!b')
    expect(withFiles(`web:&@${path}:!c`)).toBe('web:&~(a|b)$:!c')
    expect(() => withFiles('@/nowhere')).toThrow('there is no file /nowhere')
  })
})
