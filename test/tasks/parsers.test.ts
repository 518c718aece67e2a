import { describe, expect, it } from 'vitest'
import { ago } from '../../tasks/blue-green/status.ts'
import { missing } from '../../tasks/system/apt.ts'
import { dockerBlock, withBlock } from '../../tasks/system/ufw/docker.ts'

it('apt: what is not installed', () => {
  expect(missing(['curl', 'ufw', 'cron'], 'curl installed\nufw not-installed\n')).toEqual(['ufw', 'cron'])
})

describe('ufw', () => {
  it('puts its block at the end once, and replaces it', () => {
    const once = withBlock('# rules\nCOMMIT\n', dockerBlock(['80/tcp']))
    expect(withBlock(once, dockerBlock(['80/tcp']))).toBe(once)
    const twice = withBlock(once, dockerBlock(['80/tcp', '443/tcp']))
    expect(twice.match(/BEGIN CUTOVER/g)).toHaveLength(1)
    expect(twice).toContain('--ctorigdstport 443')
    expect(twice.startsWith('# rules\nCOMMIT\n')).toBe(true)
  })
})

it('says a time span as a person does', () => {
  expect([5_000, 300_000, 10_000_000, 400_000_000].map(ago)).toEqual(['5 s', '5 min', '3 h', '5 d'])
})
