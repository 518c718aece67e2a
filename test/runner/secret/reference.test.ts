import { expect, it } from 'vitest'
import {
  describeReference,
  isSecretReference,
  type SecretReference,
  secretReference,
} from '../../../runner/secret/reference.ts'

it.each<[SecretReference, string]>([
  [{ env: 'NAME' }, 'environment NAME'],
  [{ file: '/k' }, 'file /k'],
  [{ command: ['pass', 'show', 'x'] }, 'command pass'],
  [{ dotenv: '.env', key: 'K' }, 'K of .env'],
  [{ age: 's.age', key: 'a.b' }, 'a.b of s.age'],
])('%j is a reference, in words: %s', (reference, words) => {
  expect(isSecretReference(reference)).toBe(true)
  expect(secretReference.parse(reference)).toEqual(reference)
  expect(describeReference(reference)).toBe(words)
})

const forms =
  'a secret is a reference: { env: NAME }, { file: PATH }, { command: [PROGRAM, ARG, …] }, ' +
  '{ dotenv: PATH, key: NAME } or { age: PATH, key: NAME }'

it.each([
  [null, forms],
  ['env', forms],
  [{}, forms],
  [{ key: 'K' }, forms],
  [{ env: 1 }, forms],
  [{ command: 'pass' }, forms],
  [{ dotenv: '.env' }, forms],
  [{ age: 's.age' }, forms],
  [{ env: 'NAME', file: '/k' }, forms],
  [{ env: '' }, 'Too small: expected string to have >=1 characters'],
  [{ file: '' }, 'Too small: expected string to have >=1 characters'],
  [{ dotenv: '.env', key: '' }, 'Too small: expected string to have >=1 characters'],
  [{ command: [] }, 'Too small: expected array to have >=1 items'],
])('%j is not a reference: %s', (value, message) => {
  expect(isSecretReference(value)).toBe(false)
  expect(secretReference.safeParse(value).error?.issues[0]?.message).toBe(message)
})
