import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, askBeforeTask, askPassword } from '../../../runner/cli/ask.ts'
import { UsageError } from '../../../runner/errors.ts'

let input = new PassThrough()
let printed = ''

function terminal(isTTY: boolean): void {
  input = Object.assign(new PassThrough(), { isTTY })
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as never)
}

beforeEach(() => {
  printed = ''
  terminal(true)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => void vi.restoreAllMocks())

describe('a question', () => {
  it('is printed, and its answer has no spaces at both ends', async () => {
    const answer = ask('Name? ')
    input.write('  web 1 \n')
    expect(await answer).toBe('web 1')
    expect(printed).toContain('Name? ')
  })

  it('does not show a hidden answer, which stays exactly as it was typed', async () => {
    const answer = ask('Password: ', { hidden: true })
    input.write(' secret \n')
    expect(await answer).toBe(' secret ')
    expect(printed).toBe('Password: \n')
  })

  it('ends without an answer when its signal aborts', async () => {
    const aborter = new AbortController()
    const answer = ask('Name? ', { signal: aborter.signal })
    aborter.abort()
    await expect(answer).rejects.toThrow('aborted')
  })
})

describe('a password', () => {
  it('is asked for without showing it', async () => {
    const answer = askPassword('Password: ')
    input.write('secret\n')
    expect(await answer).toBe('secret')
    expect(printed).toBe('Password: \n')
  })

  it('cannot be asked for without a terminal', async () => {
    terminal(false)
    const error: unknown = await askPassword('Password of a: ').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({
      message: 'Password of a: there is no terminal to ask at',
      hint: 'Give it by a secret reference in the inventory: password, become_password, identity_passphrase.',
    })
  })
})

describe('--step', () => {
  it.each([
    ['y', 'yes'],
    ['', 'yes'],
    ['No', 'no'],
    ['n', 'no'],
    ['c', 'continue'],
    ['CONTINUE', 'continue'],
  ])('takes the answer %j for %s', async (typed, answer) => {
    const step = askBeforeTask(new AbortController().signal)('packages')
    input.write(`${typed}\n`)
    expect(await step).toBe(answer)
    expect(printed).toContain('packages? [y]es, [n]o, [c]ontinue without asking: ')
  })

  it('needs a terminal', () => {
    terminal(false)
    expect(() => askBeforeTask(new AbortController().signal)).toThrow(
      '--step asks before each task, and there is no terminal to ask at',
    )
  })
})
