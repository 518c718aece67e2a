import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../../../runner/errors.ts'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { isHealthy, waitUntilHealthy } from '../../../../tasks/docker/service/healthy.ts'
import { container, inspected, isInspect, service, type Shown } from '../containers.ts'

// Fake timers do not reach this module of Node.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}))

/** How a wait ends, and after how many ms, on a host that shows these states, one at each look; the last one stays. */
async function waited(...states: readonly (Shown | null)[]): Promise<[unknown, number]> {
  const remaining = [...states]
  const { host } = new ScriptedHost((command) => {
    if (!isInspect(command)) return command === 'docker logs --tail 20 traefik 2>&1' ? 'first\nlast\n' : undefined
    const shown = (remaining.length > 1 ? remaining.shift() : remaining[0]) ?? null
    return inspected(shown === null ? undefined : container(shown))
  })
  const start = Date.now()
  const end = waitUntilHealthy(host, service).then(
    () => 'healthy' as const,
    (error: unknown) => explain(error),
  )
  const ended = end.then((result): [unknown, number] => [result, Date.now() - start])
  await vi.runAllTimersAsync()
  return ended
}
const failed = (reason: string): string[] => [
  `traefik (project cutover-traefik) did not come up: ${reason}`,
  'The last lines of its log:',
  '  first',
  '  last',
]
const starting: Shown = { health: 'starting' }
const unhealthy: Shown = { health: 'unhealthy' }
const restarting = (restarts: number): Shown => ({ ...unhealthy, status: 'restarting', restarts })

describe('a container that was just started', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each<[string, (Shown | null)[], unknown, number]>([
    ['is healthy at once', [{}], 'healthy', 0],
    ['becomes healthy', [starting, starting, starting, {}], 'healthy', 1000],
    // From an earlier start: its new health check has not begun.
    ['is still called unhealthy', [unhealthy, unhealthy, starting, {}], 'healthy', 1000],
    ['does not become healthy', [starting, starting, unhealthy], failed('its health check does not pass'), 500],
    ['stays unhealthy for two minutes', [unhealthy], failed('its health check does not pass'), 120_500],
    ['has no health check', [{ health: null }], failed('its health check does not pass'), 120_500],
    ['ends', [starting, starting, { running: false, exitCode: 7 }], failed('it ended with 7'), 500],
    ['is removed', [starting, starting, null], failed('it is gone'), 500],
    ['was never there', [null], failed('it is gone'), 0],
    ['restarts twice and is healthy', [starting, restarting(1), restarting(2), {}], 'healthy', 1000],
    [
      'ends again and again',
      [starting, restarting(1), restarting(2), restarting(3)],
      failed('it ended with 1, again and again'),
      1000,
    ],
    [
      'had restarted before, and ends again and again',
      [restarting(5), restarting(6), restarting(7), restarting(8)],
      failed('it ended with 1, again and again'),
      1000,
    ],
    ['restarts while its check had begun', [starting, starting, restarting(1), {}], 'healthy', 1000],
  ])('%s', async (_, states, result, ms) => {
    expect(await waited(...states)).toEqual([result, ms])
  })

  it('that ended shows no more than twenty lines of its log', async () => {
    const log = Array.from({ length: 25 }, (_, index) => `line ${index + 1}`).join('\n')
    const { host } = new ScriptedHost((command) => (isInspect(command) ? '' : { stdout: log, code: 1 }))
    const error = await waitUntilHealthy(host, service).catch((error: unknown) => explain(error))
    expect(error).toHaveLength(22)
    expect(error).toContain('  line 6')
    expect(error).not.toContain('  line 5')
  })
})

it.each<[boolean, Shown | undefined]>([
  [true, {}],
  [false, undefined],
  [false, { running: false }],
  [false, starting],
  [false, { health: null }],
])('healthy: %s for %j', (healthy, shown) => {
  expect(isHealthy(shown && container(shown))).toBe(healthy)
})
