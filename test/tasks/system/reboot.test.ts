import { describe, expect, it } from 'vitest'
import { explain, InterruptedError, UnreachableError } from '../../../runner/errors.ts'
import { quote } from '../../../runner/quote.ts'
import { runTask } from '../../../runner/task/run-task.ts'
import type { Runtime } from '../../../runner/task/runtime.ts'
import { ScriptedHost, type ScriptedHostOptions } from '../../../runner/task/scripted-host.ts'
import { reboot } from '../../../tasks/system/reboot.ts'
import { fakeRuntime } from '../../runner/task/fake-runtime.ts'

const look = 'cat /proc/sys/kernel/random/boot_id; cat /proc/1/stat 2>/dev/null || :'
const isReboot = (command: string): boolean => command.startsWith('sh -c ') && command.includes('systemctl reboot')

/** The output for a boot of a virtual machine, or of a container, whose kernel boots never. */
const boot = (id: string, startTime: number): string =>
  `${id}\n1 (my (odd) init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 ${startTime} 9 9\n`

interface Simulated {
  host: ScriptedHost
  /** What was run, without the looks and pauses. */
  done: () => string[]
}

/** A host that reboots after some logins, unless it never does. */
function simulated(
  logins = 1,
  { after = boot('b', 5), ...options }: ScriptedHostOptions & { after?: string } = {},
): Simulated {
  const host: ScriptedHost = new ScriptedHost((command) => {
    if (command === 'sleep 1' || isReboot(command)) return ''
    const made = host.commands.filter((each) => each === 'reconnect').length
    return command === look ? (made >= logins ? after : boot('a', 5)) : undefined
  }, options)
  return { host, done: () => host.commands.filter((each) => each !== look && each !== 'sleep 1') }
}

const on = (host: ScriptedHost, check = false): Runtime => fakeRuntime({ host: () => host.host, check }).runtime

describe('a reboot', () => {
  it('is done in each run, and has converged when another boot is logged in to', async () => {
    const { host, done } = simulated(2)
    const task = reboot({ reason: "new kernel; it's due" })
    expect(await runTask(on(host), task)).toMatchObject({ status: 'changed', change: { summary: 'reboot' } })
    expect(done()).toEqual([expect.stringContaining('sh '), 'reconnect', 'reconnect'])
    expect(host.commands.find(isReboot)?.endsWith(` sh ${quote("new kernel; it's due")}`)).toBe(true)
    expect(await task.check(host.host)).toMatchObject({ summary: 'reboot' })
  })

  it('is seen in a container too, whose kernel does not boot', async () => {
    const { host } = simulated(1, { after: boot('a', 77) })
    expect(await runTask(on(host), reboot())).toMatchObject({ status: 'changed' })
  })

  it('is not done in check mode, which says that it would be', async () => {
    const { host, done } = simulated()
    expect(await runTask(on(host, true), reboot())).toMatchObject({ status: 'changed', change: { summary: 'reboot' } })
    expect(done()).toEqual([])
  })

  it('of several hosts with one task is one of each', async () => {
    const task = reboot()
    const [one, two] = [simulated(), simulated()]
    Object.assign(two.host, { name: 'other' })
    await runTask(on(one.host), task)
    expect(await runTask(on(two.host), task)).toMatchObject({ status: 'changed' })
  })

  it.each([
    ['no package asks for it', {}, null],
    ['one does', { '/var/run/reboot-required': '*** System restart required ***\n' }, 'reboot'],
    [
      'some do',
      { '/var/run/reboot-required': '', '/var/run/reboot-required.pkgs': 'libc6\nlinux-image-amd64\nlibc6\n' },
      'reboot, for libc6, linux-image-amd64',
    ],
  ])('with onlyIf, where %s', async (_, files, summary) => {
    const { host } = simulated(1, { files })
    const change = await reboot({ onlyIf: 'required' }).check(host.host)
    expect(change?.summary ?? null).toBe(summary)
  })

  it('of this machine is refused, in check mode too', async () => {
    const { host, done } = simulated(1, { connection: 'local' })
    const error: unknown = await runTask(on(host, true), reboot()).catch((thrown: unknown) => thrown)
    expect(explain(error).join('\n')).toContain('this machine runs the playbook, which a reboot would end')
    expect(done()).toEqual([])
  })

  it('that the host refuses has failed', async () => {
    const host = new ScriptedHost((command) =>
      isReboot(command) ? { code: 1, stderr: 'Access denied' } : boot('a', 5),
    )
    await expect(runTask(on(host), reboot())).rejects.toThrow()
    expect(host.commands).not.toContain('reconnect')
  })

  it.each([
    ['the connection is lost', new UnreachableError('gone')],
    ['a signal ended it', { code: 143 }],
  ])('goes on where its command does not end well because %s', async (_, end) => {
    const cut: ScriptedHost = new ScriptedHost((command) => {
      if (!isReboot(command)) return command === look ? boot(cut.commands.includes('reconnect') ? 'b' : 'a', 5) : ''
      if (end instanceof Error) throw end
      return end
    })
    expect(await runTask(on(cut), reboot())).toMatchObject({ status: 'changed' })
  })

  it('is ended by an interruption', async () => {
    const host = new ScriptedHost((command) => {
      if (isReboot(command)) throw new InterruptedError()
      return boot('a', 5)
    })
    await expect(reboot().apply(host.host, { summary: '', boot: 'a 5' } as never)).rejects.toThrow('interrupted')
    expect(host.commands).not.toContain('reconnect')
  })

  it('that does not come about in its time has failed, and says what to look at', async () => {
    const { host } = simulated(Infinity)
    const error: unknown = await runTask(on(host), reboot({ within: 1 })).catch((thrown: unknown) => thrown)
    expect(explain(error).join('\n')).toMatch(/the host runs on: it has not rebooted\nSee what holds it up: systemctl/)
  })

  it('that came about late, in another attempt, is not done twice', async () => {
    const { host, done } = simulated(1)
    Object.assign(host, {
      reconnect: () => {
        host.commands.push('reconnect')
        return Promise.reject(new UnreachableError('no login within 600 s'))
      },
    })
    const task = reboot()
    await expect(runTask(on(host), task)).rejects.toThrow()
    expect(await task.check(host.host)).toBeNull()
    expect(done().filter(isReboot)).toHaveLength(1)
  })
})
