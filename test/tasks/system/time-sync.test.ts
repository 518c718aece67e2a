import { describe, expect, it } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/kit.ts'
import { timeSync } from '../../../tasks/system/time-sync.ts'

/** A host with one unit that sets its clock. */
const hostWith = (there: string, active: string): ScriptedHost =>
  new ScriptedHost((command): ScriptedOutput => {
    if (command.startsWith('sh -c ')) return `${there}\n`
    if (command.includes('systemctl show'))
      return `LoadState=loaded\nActiveState=${active}\nUnitFileState=enabled\nNeedDaemonReload=no\n`
    return ''
  })

describe('the clock of a host', () => {
  it.each(['chrony', 'systemd-timesyncd'])('is set by %s, which is there and runs', async (there) => {
    expect(await timeSync(() => undefined).check(hostWith(there, 'active').host)).toBeNull()
  })

  it('is set by what is there: it is started, and no second program is installed', async () => {
    const host = hostWith('chrony', 'inactive')
    expect((await timeSync(() => undefined).check(host.host))?.summary).toBe('chrony: inactive → active')
    expect(host.commands.join('\n')).not.toContain('apt')
  })

  it('is set by systemd-timesyncd where nothing is', async () => {
    expect((await timeSync(() => undefined).check(hostWith('', 'inactive').host))?.summary).toBe(
      'install systemd-timesyncd',
    )
  })

  it('is that of its machine in a container, which is said', async () => {
    const notes: string[] = []
    expect(await timeSync((note) => notes.push(note)).check(hostWith('container', '').host)).toBeNull()
    expect(notes).toEqual(['scripted is a container: its clock is that of its machine'])
  })
})
