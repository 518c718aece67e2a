import { describe, expect, it } from 'vitest'
import { opensshOptions } from '../../../../runner/connection/openssh/options.ts'
import type { SshTarget } from '../../../../runner/connection/target.ts'
import { targetOf } from '../keys.ts'

const jump = (hop: string): string => `<${hop}>`
const options = (more: Partial<SshTarget> = {}, acceptNewHostKeys = false, interactive = true): string =>
  opensshOptions(targetOf(more), { acceptNewHostKeys, jump }, interactive).join(' ')

it('the ssh program is told login, keys, times, and to ask nobody', () => {
  expect(
    opensshOptions(
      targetOf({
        config: '/my/config',
        port: 2222,
        identities: ['/a', '/b'],
        identitiesOnly: true,
        knownHosts: ['/known', '/known hosts'],
        forwardAgent: true,
        jump: ['one', 'two'],
      }),
      { acceptNewHostKeys: true, jump },
      false,
    ),
  ).toEqual([
    ...['-F', '/my/config', '-p', '2222', '-l', 'deploy', '-i', '/a', '-i', '/b'],
    ...['-o', 'IdentitiesOnly=yes', '-J', '<one>,<two>', '-o', 'UserKnownHostsFile=/known "/known hosts"'],
    ...['-o', 'StrictHostKeyChecking=accept-new', '-o', 'ServerAliveInterval=3', '-o', 'ServerAliveCountMax=3'],
    ...['-o', 'ConnectTimeout=10', '-o', 'ForwardAgent=yes', '-o', 'BatchMode=yes'],
  ])
})

describe('the ssh program is told', () => {
  it('little where the inventory says little', () => {
    expect(options()).toBe(
      '-p 22 -l deploy -o UserKnownHostsFile= -o StrictHostKeyChecking=yes -o ServerAliveInterval=3 ' +
        '-o ServerAliveCountMax=3 -o ConnectTimeout=10 -o ForwardAgent=no',
    )
  })

  it.each<[Partial<SshTarget>, string]>([
    [{ config: '' }, '-F none '],
    [{ jump: 'none' }, ' -o ProxyJump=none '],
    [{ aliveInterval: 0 }, 'ServerAliveInterval=0 '],
    [{ aliveInterval: 400 }, 'ServerAliveInterval=1 '],
    [{ aliveInterval: 2900 }, 'ServerAliveInterval=2 '],
    [{ timeout: 400 }, 'ConnectTimeout=1 '],
    [{ timeout: 2600 }, 'ConnectTimeout=3 '],
  ])('of %j: %s', (more, text) => {
    expect(options(more)).toContain(text)
  })
})
