import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { confirmed, keepOf, type Question } from '../../../tasks/backup/command-line.ts'

afterEach(() => void vi.restoreAllMocks())

const none = { 'yes-restore': undefined, 'no-safety-dump': false, 'no-owner': false, 'drop-old': false }
const question = (more: Partial<Question> = {}): Question => ({
  ...{ app: 'shop', file: 'x.dump', where: 'web-1', options: none, check: false },
  signal: new AbortController().signal,
  ...more,
})
const given = (name: string): Question['options'] => ({ ...none, 'yes-restore': name })

/** A terminal at which somebody types a line, or none. */
function terminal(line: string | null): () => string {
  const input = Object.assign(new PassThrough(), { isTTY: line !== null })
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as never)
  let printed = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((printed += String(text)), true))
  if (line !== null) setImmediate(() => input.write(`${line}\n`))
  return () => printed
}

describe('a restore begins', () => {
  it('with the name of the app, typed', async () => {
    const printed = terminal(' shop ')
    await confirmed(question())
    expect(printed()).toContain('x.dump takes the place of the database of shop on web-1')
  })

  it('with the name of the app, given', async () => {
    terminal(null)
    await confirmed(question({ options: given('shop') }))
  })

  it('in a check without a question', async () => {
    terminal(null)
    await confirmed(question({ check: true }))
  })

  it('not with another name', async () => {
    terminal('shp')
    await expect(confirmed(question())).rejects.toThrow("'shp' is not shop: nothing was restored")
    await expect(confirmed(question({ options: given('blog'), check: true }))).rejects.toThrow("'blog' is not shop")
  })

  it('not without a terminal', async () => {
    terminal(null)
    await expect(confirmed(question())).rejects.toMatchObject({
      message: 'a restore replaces the database of shop on web-1, and there is no terminal to ask at',
      hint: 'If that is what you want: --yes-restore shop',
    })
  })
})

it('a number of backups is one from 1 on', () => {
  expect(keepOf(undefined)).toBeUndefined()
  expect(keepOf('14')).toBe(14)
  for (const text of ['0', '-1', '1.5', 'all', ''])
    expect(() => keepOf(text)).toThrow('--keep takes a number from 1 on')
})
