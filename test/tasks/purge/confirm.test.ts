import { afterEach, beforeEach, expect, it } from 'vitest'
import { confirmPurge } from '../../../tasks/purge/confirm.ts'

const { isTTY } = process.stdin
beforeEach(() => void (process.stdin.isTTY = false))
afterEach(() => void (process.stdin.isTTY = isTTY))

const question = { name: 'shop', lines: ['web-1:', '  poller: x'], signal: new AbortController().signal }

it('a name on the command line is enough, if it is the right one', async () => {
  await expect(confirmPurge({ ...question, given: 'shop' })).resolves.toBeUndefined()
  await expect(confirmPurge({ ...question, given: 'shpo' })).rejects.toThrow("'shpo' is not shop: nothing was removed")
})

it('without a terminal what is there is said, and what to write', async () => {
  await expect(confirmPurge({ ...question, given: undefined })).rejects.toMatchObject({
    message: 'shop would be removed, and there is no terminal to ask at',
    hint: 'web-1:\n  poller: x\nIf that is what you want: --yes-purge shop',
  })
  await expect(confirmPurge({ ...question, name: 'all', given: undefined })).rejects.toThrow(
    'everything would be removed',
  )
})
