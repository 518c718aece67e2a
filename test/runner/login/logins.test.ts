import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { SshOptions } from '../../../runner/connection/ssh/ssh.ts'
import { InterruptedError, UnreachableError } from '../../../runner/errors.ts'
import { parseInventory, noVariables, type InventoryHost } from '../../../runner/inventory/index.ts'
import type { Logins } from '../../../runner/login/logins.ts'
import { settle } from '../connection/fake-channel.ts'
import { plainLogins } from './plain-logins.ts'

const made = vi.hoisted(() => ({ sshConnection: vi.fn(), Session: vi.fn() }))
vi.mock('../../../runner/connection/index.ts', async (original) => ({ ...(await original<object>()), ...made }))

class FakeSession {
  lost = vi.fn((): UnreachableError | undefined => undefined)
  close = vi.fn(async () => undefined)
  open = async (): Promise<void> => undefined
}
beforeEach(() => {
  made.sshConnection.mockReset().mockResolvedValue({})
  made.Session.mockReset().mockImplementation(FakeSession as never)
})

const inventory = parseInventory(
  'defaults: { ssh_config: false }\nhosts: { "web-[01:12]": { become: none } }\n',
  'i.yaml',
  noVariables,
)
const [first, second] = inventory.hosts as unknown as [InventoryHost, InventoryHost]
const logins = (signal?: AbortSignal): Logins =>
  plainLogins({ hop: (name) => inventory.hop(name), ...(signal && { signal }) })
/** The hosts that were connected to, in order. */
const dialled = (): string[] => made.sshConnection.mock.calls.map(([target]) => (target as { name: string }).name)
/** Rejects when the run is over. */
const untilAborted = (_: unknown, { signal }: SshOptions): Promise<never> =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new InterruptedError())))

describe('a login that began early', () => {
  it('is the one that a play gets, once', async () => {
    const all = logins()
    all.ahead([first])
    await settle()
    const session = await all.session(first)
    expect(dialled()).toEqual(['web-01'])
    expect(await all.session(first)).not.toBe(session)
    expect(dialled()).toEqual(['web-01', 'web-01'])
  })

  it('tells its failure to who waits for it', async () => {
    const all = logins()
    made.sshConnection.mockRejectedValueOnce(new UnreachableError('web-01 does not answer'))
    all.ahead([first])
    await expect(all.session(first)).rejects.toThrow('web-01 does not answer')
    expect(dialled()).toEqual(['web-01'])
  })

  it('and failed before anybody asked is tried again', async () => {
    const all = logins()
    made.sshConnection.mockRejectedValueOnce(new UnreachableError('web-01 does not answer'))
    all.ahead([first])
    await settle()
    await all.session(first)
    expect(dialled()).toEqual(['web-01', 'web-01'])
  })

  it('and was lost before anybody asked is made again', async () => {
    const all = logins()
    const lost = new FakeSession()
    lost.lost.mockReturnValue(new UnreachableError('lost'))
    made.Session.mockImplementationOnce(function () {
      return lost
    })
    all.ahead([first])
    await settle()
    expect(await all.session(first)).not.toBe(lost)
    expect(lost.close).toHaveBeenCalledOnce()
  })

  it('and that nobody wanted ends with the run, whether it is done or under way', async () => {
    const all = logins()
    made.sshConnection.mockResolvedValueOnce({}).mockImplementationOnce(untilAborted)
    all.ahead([first, second])
    await settle()
    await all.close()
    expect((made.Session.mock.results[0]!.value as FakeSession).close).toHaveBeenCalledOnce()
    expect(dialled()).toEqual(['web-01', 'web-02'])
  })

  it('ends when the run is interrupted', async () => {
    const aborter = new AbortController()
    const all = logins(aborter.signal)
    made.sshConnection.mockImplementation(untilAborted)
    all.ahead([first])
    await settle()
    const session = all.session(first)
    aborter.abort(new InterruptedError())
    await expect(session).rejects.toThrow(InterruptedError)
    await expect(logins(aborter.signal).session(first)).rejects.toThrow(InterruptedError)
  })

  it('is begun on ten hosts at most', async () => {
    logins().ahead(inventory.hosts)
    await settle()
    expect(dialled()).toHaveLength(10)
  })
})
