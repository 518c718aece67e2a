import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { EngineAwayError } from '../../../tasks/docker/engine-away.ts'
import { inspectArgv, inspectContainers, parseInspected } from '../../../tasks/docker/inspect.ts'
import { container } from './containers.ts'

// Fake timers do not reach this module of Node.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}))

const line = JSON.stringify(container())

describe('what docker inspect prints', () => {
  it.each([
    ['', 0],
    [`${line}\n\n${line}\n`, 2],
    [`Error: No such object: x\n${line}\n`, 1],
    ['Error response from daemon: No such container: x\n', 0],
  ])('%j has containers: %i', (output, count) => {
    expect(parseInspected(output)).toEqual(Array(count).fill(container()))
  })

  it('is an error where Docker says anything else', () => {
    expect(() => parseInspected(`${line}\n  Cannot connect to the Docker daemon \n`)).toThrow(
      expect.objectContaining({
        message: 'Docker does not say what runs: Cannot connect to the Docker daemon',
        hint: 'Does it run? systemctl status docker',
      }),
    )
  })

  it('is asked for without the environment, which has secrets', () => {
    expect(inspectArgv(['a', 'b'])).toMatchInlineSnapshot(`
      [
        "docker",
        "inspect",
        "--type",
        "container",
        "--format",
        "{"Id":{{json .ID}},"Name":{{json .Name}},"Image":{{json .Image}},"RestartCount":{{json .RestartCount}},"State":{{json .State}},"HostConfig":{"RestartPolicy":{{json .HostConfig.RestartPolicy}},"ExtraHosts":{{json .HostConfig.ExtraHosts}},"PortBindings":{{json .HostConfig.PortBindings}}},"Config":{"Image":{{json .Config.Image}},"Labels":{{json .Config.Labels}},"Healthcheck":{{json .Config.Healthcheck}},"StopTimeout":{{json .Config.StopTimeout}}},"NetworkSettings":{"Networks":{{json .NetworkSettings.Networks}}}}",
        "a",
        "b",
      ]
    `)
  })
})

describe('containers by name', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const away: ScriptedOutput = { stderr: 'Cannot connect to the Docker daemon at unix:///x.\nIs it running?', code: 1 }

  /** The result on a host that prints these, in order; the last one again and again. */
  async function inspectedAfter(...outputs: readonly ScriptedOutput[]) {
    const remaining = [...outputs]
    const host = new ScriptedHost(() => (remaining.length > 1 ? remaining.shift() : remaining[0]))
    const start = Date.now()
    const result = inspectContainers(host.host, ['a', 'b'])
      .catch((error: unknown) => error)
      .then((value) => ({ value, seconds: (Date.now() - start) / 1000 }))
    await vi.runAllTimersAsync()
    return result
  }

  it('are those that exist', async () => {
    const output = { stdout: `${line}\n`, stderr: 'Error: No such object: b', code: 1 }
    expect(await inspectedAfter(output)).toEqual({ value: [container()], seconds: 0 })
  })

  it('are waited for while dockerd is away', async () => {
    expect(await inspectedAfter(away, away, `${line}\n`)).toEqual({ value: [container()], seconds: 2 })
  })

  it('are not known where dockerd stays away for a minute', async () => {
    const { value, seconds } = await inspectedAfter(away)
    expect(seconds).toBe(60)
    expect(value).toBeInstanceOf(EngineAwayError)
    expect(value).toMatchObject({
      message: 'Docker does not answer: Cannot connect to the Docker daemon at unix:///x.',
      hint: 'What runs on it may well run on. See why: systemctl status docker; journalctl -u docker',
    })
  })
})
