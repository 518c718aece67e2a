import { expect, it } from 'vitest'
import { CutoverError, explain } from '../../../runner/errors.ts'
import { type Phase, TaskError } from '../../../runner/task/task-error.ts'

it.each<Phase>(['check', 'apply', 'verify', 'undo'])('the failure of a task says where it failed: in %s', (phase) => {
  const cause = new Error('broken')
  const error = new TaskError('web-1', 'packages', phase, cause)
  expect(error).toBeInstanceOf(CutoverError)
  expect(error).toMatchObject({ name: 'TaskError', host: 'web-1', task: 'packages', phase, cause, exit: 1 })
  expect(explain(error)).toEqual([`web-1: packages: ${phase} failed`, 'broken'])
})
