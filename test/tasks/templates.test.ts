import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { stampOf, templatePath } from '../../tasks/templates.ts'

it('a template is found in templates/', () => {
  expect(templatePath('host/cutover.sh')).toMatch(/\/templates\/host\/cutover\.sh$/)
  expect(existsSync(templatePath('host/cutover.sh'))).toBe(true)
})

it('a stamp has twelve digits, and depends on each text and on where one ends', () => {
  expect(stampOf('a', 'b')).toBe('59b271ae1bbc')
  expect(new Set([stampOf('a', 'b'), stampOf('ab'), stampOf('a', 'c'), stampOf('b', 'a')]).size).toBe(4)
})
