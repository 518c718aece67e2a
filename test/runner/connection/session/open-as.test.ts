import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Become, Channel } from '../../../../runner/connection/connection.ts'
import { openAs } from '../../../../runner/connection/session/open-as.ts'
import { newConnection, settle } from '../fake-channel.ts'

afterEach(() => void vi.useRealTimers())

const withPassword: Become = { method: 'sudo', password: () => 'secret' }

describe('a command as another user', () => {
  it.each<[Become, string]>([
    [{ method: 'none' }, 'exec env LC_ALL=C sh'],
    [{ method: 'sudo' }, 'exec env LC_ALL=C sudo -n -- env LC_ALL=C sh'],
  ])('%j starts at once', async (become, command) => {
    const connection = newConnection()
    let opened: Channel | undefined
    const options = { host: 'web-1', connection, become, marker: 'MARK', opened: (each: Channel) => (opened = each) }
    const channel = await openAs(options, 'sh')
    expect([channel, opened]).toEqual([connection.channels[0], connection.channels[0]])
    expect(connection.channels[0]!.command).toBe(command)
    // A broken input is no exception.
    channel.stdin.emit('error', new Error('EPIPE'))
  })

  it('waits until sudo has the password and the command runs', async () => {
    const connection = newConnection()
    let opened = 0
    const options = { host: 'web-1', connection, become: withPassword, marker: 'MARK', opened: () => opened++ }
    const coming = openAs(options, 'sh')
    await settle()
    const [shell] = connection.channels
    expect([opened, shell!.written()]).toEqual([1, ''])
    shell!.stderr.write('MARK-sudoMARK-asks')
    await settle()
    expect(shell!.written()).toBe('secret\n')
    shell!.stderr.write('MARK-inafter')
    const channel = await coming
    expect(channel.stdout).toBe(shell!.stdout)
    expect((channel.stderr.read() as Buffer).toString()).toBe('after')
    expect(shell!.isClosed).toBe(false)
  })

  it('that sudo refuses is an error, and its channel is closed', async () => {
    const connection = newConnection()
    const coming = openAs({ host: 'web-1', connection, become: withPassword, marker: 'MARK' }, 'sh')
    coming.catch(() => undefined)
    await settle()
    const [shell] = connection.channels
    shell!.stderr.write('MARK-sudoMARK-asks')
    await settle()
    shell!.stderr.write('MARK-asks')
    await expect(coming).rejects.toThrow('web-1: sudo did not take the password in become_password')
    expect([shell!.isClosed, shell!.stdin.writableEnded]).toEqual([true, true])
  })

  it.each([
    ['', 'web-1: no shell through sudo: the login shell did not answer within 30 s'],
    ['hello', 'web-1: no shell through sudo: the login shell did not answer within 30 s, after it printed: hello'],
  ])('that printed %j alone for 30 s is an error', async (text, message) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const connection = newConnection()
    const coming = openAs({ host: 'web-1', connection, become: withPassword, marker: 'MARK' }, 'sh')
    coming.catch(() => undefined)
    await settle()
    if (text) connection.channels[0]!.stderr.write(text)
    await settle()
    await vi.advanceTimersByTimeAsync(29_999)
    expect(connection.channels[0]!.isClosed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await expect(coming).rejects.toMatchObject({ message })
  })
})
