import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { zod } from '../../runner/packages.ts'

const require = createRequire(import.meta.url)
const folder = dirname(require.resolve('zod/v4/locales'))
const read = (): string[] =>
  Object.keys(require.cache).filter((path) => path.startsWith(folder) && !path.endsWith('index.cjs'))

it('zod’s messages in other languages are read when one is asked for', () => {
  const { z } = zod()
  expect(read()).toEqual([`${folder}/en.cjs`])
  expect(z.string().safeParse(1).error?.message).toContain('Invalid input: expected string, received number')
  expect('de' in z.locales).toBe(true)
  expect(Object.hasOwn(z.locales, 'nowhere')).toBe(false)
  expect(Object.keys(z.locales)).toContain('zhTW')
  expect(z.string().safeParse(1, { error: z.locales.de().localeError }).error?.message).toContain('Ungültige Eingabe')
  expect(zod().z.locales.de).toBe(z.locales.de)
  expect(read().length).toBeGreaterThan(40)
})
