import { expect, it } from 'vitest'
import { errorText, exitStatusOf } from '../../../runner/cli/print-error.ts'
import { CutoverError, InterruptedError, UnreachableError, UsageError } from '../../../runner/errors.ts'

it('an error is printed with what to do below it', () => {
  const error = new UsageError('no such host', { hint: 'There are: a, b.', cause: new Error('a cause') })
  expect(errorText(error)).toBe('error: no such host\n  There are: a, b.\n  a cause\n')
  expect(errorText('a text')).toBe('error: a text\n')
})

it.each<[unknown, number]>([
  [new UsageError('x'), 2],
  [new UnreachableError('x'), 3],
  [new InterruptedError(), 130],
  [new CutoverError('x'), 1],
  [new Error('x'), 1],
  ['x', 1],
])('%s ends the program with %i', (error, status) => expect(exitStatusOf(error)).toBe(status))
