import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { keptRunning } from '../../../../tasks/docker/service/kept-running.ts'
import { container, inspected, isInspect, type Shown } from '../containers.ts'

const ended: Shown = { running: false, exitCode: 137 }
const old: Shown = { ...ended, name: 'traefik-before', exitCode: 0 }
const start = 'docker start traefik >/dev/null'

describe('a container that should always run', () => {
  it.each<[string, Shown[], string | null, string[]]>([
    ['runs', [{}], null, []],
    ['does not exist', [], null, []],
    ['is of somebody else', [{ ...ended, stamp: null }], null, []],
    ['has ended', [ended], 'start it (it ended with 137 (SIGKILL))', [start]],
    ['has ended while it was replaced', [old, ended], 'start it (it ended with 137 (SIGKILL))', [start]],
    ['runs while its old one is still there', [old, {}], null, []],
    [
      'has made room for a new one that does not exist',
      [old],
      'start it (it ended with 0)',
      ['docker rename traefik-before traefik', start],
    ],
  ])('%s', async (_, shown, summary, commands) => {
    const host = new ScriptedHost((command) => (isInspect(command) ? inspected(...shown.map(container)) : ''))
    const task = keptRunning('traefik')
    const change = await task.check(host.host)
    expect(change?.summary ?? null).toBe(summary)
    if (change) await task.apply(host.host, change)
    expect(host.commands.slice(1)).toEqual(commands)
    expect(host.commands[0]).toMatch(/ traefik traefik-before$/)
    expect(task.name).toBe('traefik runs')
  })
})
