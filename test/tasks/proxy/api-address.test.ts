import { expect, it } from 'vitest'
import { apiOf, otherApi } from '../../../tasks/proxy/api-address.ts'
import { container } from '../blue-green/builders.ts'

it('the next Traefik has its API where the present one has not', () => {
  const at = (api: string): ReturnType<typeof container> => container('traefik', { labels: { 'cutover.api': api } })
  expect(otherApi(undefined)).toBe('127.0.0.1:20080')
  expect(otherApi(at('127.0.0.1:20080'))).toBe('127.0.0.1:20081')
  expect(otherApi(at('127.0.0.1:20081'))).toBe('127.0.0.1:20080')
  expect(otherApi(container('traefik', { labels: null }))).toBe('127.0.0.1:20080')
  expect(apiOf(container('traefik'))).toBe('127.0.0.1:8080')
})
