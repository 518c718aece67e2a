import { expect, it } from 'vitest'
import { explainFailure, type KnownFailure } from '../../tasks/known-failures.ts'

const failures: KnownFailure[] = [
  { pattern: /full/, explain: (output, subject) => ({ message: `${subject}: first`, hint: output }) },
  { pattern: /disk/, explain: (output, subject) => ({ message: `${subject}: second`, hint: output }) },
]

it.each([
  ['the disk is full', { message: 'x: first', hint: 'the disk is full' }],
  ['a disk', { message: 'x: second', hint: 'a disk' }],
  ['something else', undefined],
])('the first pattern that matches %j explains it', (output, explanation) => {
  expect(explainFailure(failures, output, 'x')).toEqual(explanation)
})
