import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { explain } from '../../runner/errors.ts'
import type { Host } from '../../runner/host/host.ts'
import { prove } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import { reload, restart } from '../../tasks/system/restart.ts'
import { servicesFact } from '../../tasks/system/facts/services.ts'
import { unit } from '../../tasks/system/unit.ts'
import { waitFor } from '../../tasks/system/wait-for.ts'
import { releases } from './releases.ts'
import { rootOf } from './root-of.ts'

const lab = inject('lab')

const on = { running: true, enabled: true }

describe.skipIf(!lab).each(releases)('units of a host with systemd of Debian %i', (debian) => {
  let host: Host
  let close: () => Promise<void>
  beforeAll(async () => {
    const { name } = lab!.hosts.find((each) => each.debian === debian)!
    ;({ host, close } = await rootOf(lab!, name))
  })
  afterAll(() => close())

  /** Writes a unit by hand, as a package would bring it. */
  async function given(name: string, content: string): Promise<void> {
    await host.write(`/etc/systemd/system/${name}`, content)
    await host.$`systemctl daemon-reload`
  }

  it('a static service, and a oneshot service of the boot, need no second run', async () => {
    await given('lab-static.service', '[Service]\nExecStart=/bin/sleep infinity\n')
    await prove(unit('lab-static', on), host)
    await given(
      'lab-once.service',
      '[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
    )
    await prove(unit('lab-once', on), host)
  })

  const shown = async (property: string, name: string): Promise<string> =>
    (await host.$`systemctl show -P ${property} -- ${name}`).stdout.trim()
  /** Why a task cannot be proved, in all its words. */
  const whyNot = (task: Task): Promise<string> =>
    prove(task, host).then(
      () => '',
      (error: unknown) => explain(error, 40).join('\n'),
    )
  const sleeps = (seconds: string): string =>
    `[Service]\nExecStart=/bin/sleep ${seconds}\n[Install]\nWantedBy=multi-user.target\n`

  it('a new service is written, enabled and started, and a change of its content restarts it', async () => {
    await prove(unit('lab-new', { content: sleeps('1000'), running: true, enabled: true }), host, {
      change: 'new, enable, inactive → active',
      diff: ['+ExecStart=/bin/sleep 1000'],
    })
    await prove(unit('lab-new', { content: sleeps('2000') }), host, {
      change: 'content, restart',
      diff: ['-ExecStart=/bin/sleep 1000', '+ExecStart=/bin/sleep 2000'],
    })
    expect((await host.$`ps -o args= -p ${await shown('MainPID', 'lab-new')}`).stdout.trim()).toBe('/bin/sleep 2000')
    await prove(unit('lab-new', { running: false, enabled: false }), host, {
      change: 'enabled → disabled, active → inactive',
    })
    await prove(unit('lab-new', on), host, { change: 'disabled → enabled, inactive → active' })
  })

  it('a handler restarts or reloads a unit, and one that fails says what the unit logged', async () => {
    await given(
      'lab-handled.service',
      '[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/touch /run/lab-reloaded\n',
    )
    const handle = async (handler: Task): Promise<unknown> => handler.apply(host, { summary: 'do it' })
    await handle(restart('lab-handled'))
    const pid = await shown('MainPID', 'lab-handled')
    await handle(reload('lab-handled'))
    expect(await host.stat('/run/lab-reloaded')).toMatchObject({ kind: 'file' })
    expect(await shown('MainPID', 'lab-handled')).toBe(pid)
    await handle(restart('lab-handled'))
    expect(await shown('MainPID', 'lab-handled')).not.toBe(pid)
    await given('lab-broken.service', '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo it is broken; exit 3"\n')
    const why = await handle(restart('lab-broken')).catch((error: unknown) => explain(error, 40).join('\n'))
    expect(why).toMatch(/^lab-broken.service did not restart\n[^]*it is broken/)
  })

  it('a timer, a socket and a mount are units, too', async () => {
    await prove(
      unit('lab-once.timer', {
        content: '[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n',
        running: true,
        enabled: true,
      }),
      host,
    )
    await given('lab-talk@.service', '[Service]\nExecStart=/bin/cat\nStandardInput=socket\n')
    await prove(
      unit('lab-talk.socket', { content: '[Socket]\nListenStream=/run/lab-talk\nAccept=yes\n', running: true }),
      host,
    )
    await prove(
      unit('run-labmount.mount', { content: '[Mount]\nWhat=tmpfs\nWhere=/run/labmount\nType=tmpfs\n', running: true }),
      host,
    )
    await prove(
      unit('lab-talk@.service', {
        content: '[Service]\nExecStart=/bin/cat\nStandardInput=socket\nStandardOutput=socket\n',
      }),
      host,
      { change: 'content' },
    )
  })

  it('what units bring is waited for, and they are facts', async () => {
    expect(await waitFor.file('/run/lab-talk').check(host)).toBeNull()
    expect(await waitFor.port(22).check(host)).toBeNull()
    const units = await host.fact(servicesFact)
    expect(units.get('lab-talk.socket')).toMatchObject({ active: 'active', sub: 'listening' })
    expect(units.get('lab-new.service')).toMatchObject({ active: 'active', sub: 'running', enabled: 'enabled' })
  })

  it('what a service reads makes it restart, once', async () => {
    await host.$`mkdir -p /etc/lab-conf`
    const task = unit('lab-new', { ...on, restartOn: ['/etc/lab-conf'] })
    await host.write('/etc/lab-conf/a', 'a')
    expect((await task.check(host))?.summary).toBe('restart')
    const before = await shown('MainPID', 'lab-new')
    await task.apply(host, { summary: '' })
    expect(await shown('MainPID', 'lab-new')).not.toBe(before)
    expect(await task.check(host)).toBeNull()
    expect(await whyNot(unit('lab-new', { ...on, restartOn: ['/etc/lab-nowhere'] }))).toContain('/etc/lab-nowhere')
  })

  it('a file that was changed by hand is read before the next start', async () => {
    await host.write('/etc/systemd/system/lab-new.service', sleeps('3000'))
    await prove(unit('lab-new', { content: sleeps('3000'), running: true }), host, {
      change: 'daemon-reload, restart',
    }).catch((error: unknown) => {
      // Its undo cannot make systemd forget what it has read.
      expect(String(error)).toContain('after its undo')
    })
    expect(await shown('NeedDaemonReload', 'lab-new')).toBe('no')
  })

  it('a masked unit is refused until that is taken back', async () => {
    expect(await whyNot(unit('lab-static', { masked: true }))).toContain('its own file is where the mask would be')
    await host.$`mkdir -p /usr/local/lib/systemd/system; cp /etc/systemd/system/lab-static.service /usr/local/lib/systemd/system/lab-packaged.service; systemctl daemon-reload`
    await prove(unit('lab-packaged', { masked: true }), host, { change: 'mask' })
    expect(await whyNot(unit('lab-packaged', on))).toContain('lab-packaged.service is masked')
    await prove(unit('lab-packaged', { masked: false }), host, { change: 'unmask' })
    await prove(unit('lab-packaged', on), host, { change: 'inactive → active' })
  })

  it('what fails is explained', async () => {
    expect(await whyNot(unit('lab-nowhere', on))).toContain('there is no unit lab-nowhere.service on the host')
    expect(await whyNot(unit('lab-bad', { content: '[Service]\nRestart=always\n', running: true }))).toContain(
      '/etc/systemd/system/lab-bad.service is not valid (bad-setting)',
    )
    const failing = '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo it is broken; exit 3"\nRemainAfterExit=yes\n'
    const said = await whyNot(unit('lab-fails', { content: failing, running: true }))
    expect(said).toContain('lab-fails.service did not start')
    expect(said).toContain('it is broken')
    const unless = `[Unit]\nConditionPathExists=/etc/lab-nowhere\n${sleeps('10')}`
    expect(await whyNot(unit('lab-unless', { content: unless, running: true }))).toContain(
      'one of its conditions says no',
    )
  })
})
