import { describe, expect, it } from 'vitest'
import { missing } from '../../tasks/apt.ts'
import { wanting } from '../../tasks/compose.ts'
import { dockerPackages } from '../../tasks/docker.ts'
import { parsePlatform } from '../../tasks/platform.ts'
import { ago } from '../../tasks/status.ts'
import { dockerBlock, withBlock } from '../../tasks/ufw/docker.ts'

const release = (id: string, version: string, like = ''): string => `ID=${id}\nVERSION_ID="${version}"\nVERSION_CODENAME=x\nID_LIKE=${like}\nPRETTY_NAME="Some ${id}"`

describe('platform', () => {
  it.each([
    ['x86_64', release('debian', '13'), 'linux/amd64'],
    ['aarch64', release('ubuntu', '24.04', 'debian'), 'linux/arm64'],
    ['aarch64', release('raspbian', '12', 'debian'), 'linux/arm64'],
    ['x86_64', release('linuxmint', '22', 'ubuntu debian'), 'linux/amd64'],
  ])('%s %s', (machine, text, docker) => {
    expect(parsePlatform(`${machine}\n${text}`).docker).toBe(docker)
  })

  it('refuses what it does not know', () => {
    expect(() => parsePlatform(`x86_64\n${release('fedora', '41')}`)).toThrow('Some fedora')
    expect(() => parsePlatform(`armv7l\n${release('raspbian', '12')}`)).toThrow('armv7l')
  })

  it('knows which packages give compose v2, and says what to do where none does', () => {
    const on = (distro: string, version: string): string[] => dockerPackages({ distro, release: version, codename: '', docker: 'linux/amd64' })
    expect(on('debian', '13')).toContain('docker-compose')
    expect(on('ubuntu', '24.04')).toContain('docker-compose-v2')
    expect(() => on('debian', '12')).toThrow('no compose v2')
  })
})

it('apt: what is not installed', () => {
  expect(missing(['curl', 'ufw', 'cron'], 'curl installed\nufw not-installed\n')).toEqual(['ufw', 'cron'])
})

it.each([
  ['', ['start traefik']],
  ['traefik running s1 Up 5 minutes (healthy)', []],
  ['traefik running s1 Up 5 minutes', []],
  ['traefik running s1 Up 2 seconds (health: starting)', ['wait for traefik to be healthy']],
  ['traefik running s1 Up 5 minutes (unhealthy)', ['wait for traefik to be healthy']],
  ['traefik exited s1 Exited (0) 5 minutes ago', ['start traefik']],
  ['traefik running s0 Up 5 minutes (healthy)', ['change traefik']],
  ['other running s1 Up 5 minutes (healthy)', ['start traefik']],
])('compose: %j wants %j', (line, wrong) => {
  expect(wanting(['traefik'], 's1', line)).toEqual(wrong)
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
