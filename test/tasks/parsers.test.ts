import { describe, expect, it } from 'vitest'
import { missing } from '../../tasks/apt.ts'
import { ago } from '../../tasks/status.ts'
import { dockerBlock, parseRules, withBlock } from '../../tasks/ufw.ts'

it('apt: what is not installed', () => {
  expect(missing(['curl', 'ufw', 'cron'], 'curl installed\nufw not-installed\n')).toEqual(['ufw', 'cron'])
})

describe('ufw', () => {
  it('reads the ports that its rule file opens to everybody', () => {
    const text = '### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n-A x\n### tuple ### allow any 53 0.0.0.0/0 any 0.0.0.0/0 in\n### tuple ### deny tcp 80 0.0.0.0/0 any 0.0.0.0/0 in\n### tuple ### allow tcp 5432 0.0.0.0/0 any 10.0.0.0/8 in\n'
    expect(parseRules(text)).toEqual(['22/tcp', '53/any'])
  })

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
