import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { jumpHost } from '../../../runner/inventory/jump-host.ts'
import { localHost } from '../../../runner/inventory/local.ts'
import type { InventoryHost } from '../../../runner/inventory/model.ts'

const door: InventoryHost = localHost({ name: 'door', address: '10.0.0.1', vars: {} })
const jumpHosts = {
  hosts: new Map([['door', door]]),
  defaults: {
    ssh_config: false,
    user: 'deploy',
    proxy_jump: 'door',
    password: { env: 'PASSWORD' },
    identity_passphrase: { env: 'PASSPHRASE' },
    become_password: { env: 'SUDO' },
  } as const,
  base: '/base',
}

describe('a jump host', () => {
  it('that the inventory lists is reached as the inventory says', () => {
    expect(jumpHost('door', jumpHosts)).toEqual({ ...door, listed: true })
    expect(jumpHost('pat@door:23', jumpHosts)).toEqual({
      ...door,
      target: { ...door.target, user: 'pat', port: 23 },
      listed: true,
    })
  })

  it('that the inventory does not list is reached directly, with the inventory’s defaults', () => {
    const { target, ...other } = jumpHost('gate', jumpHosts)
    expect(other).toEqual({
      name: 'gate',
      connection: 'ssh',
      become: 'none',
      secrets: { become: undefined, password: { env: 'PASSWORD' }, passphrase: { env: 'PASSPHRASE' } },
    })
    expect(target).toMatchObject({ name: 'gate', address: 'gate', user: 'deploy', port: 22, jump: [] })
    expect(jumpHost('pat@[fd00::1]:23', jumpHosts).target).toMatchObject({ address: 'fd00::1', user: 'pat', port: 23 })
  })

  it('of another form is refused', () => {
    try {
      jumpHost('a@b@c', jumpHosts)
      expect.unreachable()
    } catch (error) {
      expect(explain(error)).toEqual([
        "'a@b@c' is not a valid jump host",
        'Write proxy_jump: user@host:port; separate several with commas.',
      ])
    }
  })
})
