import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CutoverError } from '../../../runner/errors.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { BegunPull } from '../../../tasks/docker/begun-pull.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const name = 'registry.lab/shop@sha256:12'

/** A pull whose output comes as a test says: lines, or pauses in ms; null at the end is the end of its channel. */
async function pulled(output: readonly (string | number)[], stopAfter = Infinity) {
  const host = new ScriptedHost({ [`docker pull ${name}`]: '' })
  const left = [...output]
  const scripts: string[] = []
  host.spawn = async (script: string) => {
    scripts.push(script)
    return {
      line: async (): Promise<string | null> => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          if (typeof next === 'string') return next
          await new Promise((resolve) => setTimeout(resolve, next))
        }
        return null
      },
    } as never
  }
  const aborter = new AbortController()
  if (stopAfter < Infinity) setTimeout(() => aborter.abort(new Error('stopped')), stopAfter)
  const waiting = new BegunPull(host.host, name).wait(host.host, aborter.signal).then(
    () => null,
    ({ message }: CutoverError) => message,
  )
  await vi.runAllTimersAsync()
  return { error: await waiting, said: host.said, commands: host.commands, scripts }
}

describe('a pull that was begun', () => {
  it('runs at a terminal where there is one, with its name quoted', async () => {
    const { scripts, error } = await pulled(['ended 0'])
    expect(error).toBeNull()
    expect(scripts).toHaveLength(1)
    expect(scripts[0]).toContain(`script -qefc 'docker pull ${name}' /dev/null </dev/null`)
  })

  it('says each second how far it is, and at its end what came', async () => {
    const downloading = (done: number): string => `0123456789ab: Downloading [> ]  ${done}MB/90MB`
    const { said, commands } = await pulled([downloading(10), 1500, downloading(60), 1499, 'ended 0'])
    expect(said).toEqual([
      '[█░░░░░░░░░] 10/90 MB, 10.0 MB/s',
      '[██████░░░░] 60/90 MB, 30.0 MB/s',
      '60 MB in 3.0 s, 20.0 MB/s',
    ])
    expect(commands).toEqual([])
  })

  it('that the registry refuses fails with the reason', async () => {
    const { error, commands } = await pulled(['Error response from daemon: manifest unknown', 'ended 1'])
    expect(error).toBe(`${name}: the registry has no such image`)
    expect(commands).toEqual([])
  })

  it.each([
    ['fails for an unknown reason', ["script: unrecognized option 'e'", 'ended 1']],
    ['has lost its channel', ['0123456789ab: Waiting']],
    ['has lost its channel, with a known reason before', ['unexpected EOF']],
  ])('that %s is pulled anew', async (_, output) => {
    expect(await pulled(output)).toMatchObject({ error: null, commands: [`docker pull ${name}`] })
  })

  it('is not waited for after an interruption', async () => {
    expect(await pulled([60_000, 'ended 0'], 2_500)).toMatchObject({ error: 'stopped', commands: [] })
  })
})
