import { beforeEach, expect, it, vi } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { whenRunning } from '../../../tasks/docker/when-running.ts'
import { clock } from '../blue-green/clock.ts'

vi.mock('node:timers/promises', () => import('../blue-green/clock.ts'))
beforeEach(() => clock.reset())

/** Runs `work` in a container, which after some seconds runs. */
async function ran(startsAfter: number, outputs: readonly ScriptedOutput[]): Promise<[status: number, tries: number]> {
  const left = [...outputs]
  const host = new ScriptedHost((command) =>
    command === 'work' ? left.shift() : JSON.stringify({ State: { Running: clock.sleeps.length >= startsAfter } }),
  )
  const { exitCode } = await whenRunning(host, 'db', () => host.$({ nothrow: true })`work`)
  return [exitCode, clock.sleeps.length]
}

const away = { code: 1, stderr: 'Cannot connect to the Docker daemon at unix:///x' }

it.each<[string, number, ScriptedOutput[], [number, number]]>([
  ['at once', 0, ['done'], [0, 0]],
  ['when it runs', 3, ['done'], [0, 3]],
  ['again when dockerd is back', 0, [away, away, 'done'], [0, 2]],
  ['once if it fails', 0, [{ code: 3, stderr: 'no' }], [3, 0]],
  ['after 15 s though it does not run', 99, [{ code: 1, stderr: 'is not running' }], [1, 15]],
  ['for 15 s while dockerd is away', 0, Array.from({ length: 16 }, () => away), [1, 15]],
])('work in a container is done %s', async (_, startsAfter, outputs, expected) => {
  expect(await ran(startsAfter, outputs)).toEqual(expected)
})
