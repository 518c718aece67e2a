import { hostname, userInfo } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BarrierError, type CutoverError, rootCause } from '../../../runner/errors.ts'
import type { Task } from '../../../runner/task/task.ts'
import { RefusedError } from '../../../tasks/blue-green/refused.ts'
import { asReleased, resolveTag } from '../../../tasks/blue-green/resolve.ts'
import { release, type ReleaseOptions, releaser } from '../../../tasks/blue-green/release.ts'
import { appWith, digest, failure, fakeLock, good, thrownBy } from './builders.ts'
import { clock } from './clock.ts'
import { onHost, SimulatedHost } from './simulated-host.ts'

vi.mock('node:timers/promises', () => import('./clock.ts'))
beforeEach(() => {
  clock.reset()
  vi.stubEnv('CUTOVER_WHO', 'ada')
  vi.stubEnv('CUTOVER_WHERE', 'laptop')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const options = (more: Partial<ReleaseOptions> = {}): ReleaseOptions => ({
  app: appWith(),
  title: 'v2',
  kind: 'release',
  signal: new AbortController().signal,
  target: async () => ({ tag: 'v2', digest: digest(2) }),
  ...more,
})
const v1 = { tag: 'v1', digest: digest(1) }

/** A host on which v1 was released. */
async function withV1(): Promise<SimulatedHost> {
  const host = new SimulatedHost()
  await release(onHost(host), options({ target: async () => v1 }))
  host.takeLog()
  return host
}

/** Plays the pulls that run on a channel of their own. @returns what is pulled so */
function onItsOwn(host: SimulatedHost): string[] {
  const pulls: string[] = []
  const spawn = host.spawn.bind(host)
  host.spawn = async (script) => {
    const [, name] = /^else docker pull (\S+)/m.exec(script) ?? []
    if (name === undefined) return spawn(script)
    pulls.push(name)
    await host.$`docker pull ${name}`
    return fakeLock('ended 0') as never
  }
  return pulls
}

const results = (host: SimulatedHost): string[] => host.history.map(({ tag, result }) => `${tag} ${result}`)

describe('who releases', () => {
  it('is told by the environment, as on a host', () => {
    expect(releaser()).toEqual({ who: 'ada', where: 'laptop' })
  })

  it('is else the user of this machine', () => {
    vi.stubEnv('CUTOVER_WHO', undefined)
    vi.stubEnv('CUTOVER_WHERE', undefined)
    expect(releaser()).toEqual({ who: userInfo().username, where: hostname() })
  })

  it('stands in the lock and in the history', async () => {
    const host = new SimulatedHost()
    await release(onHost(host), options({ kind: 'rollback', title: 'to v2' }))
    expect(host.commands[0]).toContain('{"who":"ada","where":"laptop","why":"rollback to v2","since":"')
    expect(host.history).toMatchObject([
      { who: 'ada', kind: 'rollback', result: 'begun' },
      { who: 'ada', kind: 'rollback', result: 'good' },
    ])
  })
})

describe('what is released', () => {
  it('is not asked for before the lock is had', async () => {
    const host = new SimulatedHost()
    const target = vi.fn()
    host.spawn = () => {
      host.lock = fakeLock('held {}')
      return Promise.resolve(host.lock) as Promise<never>
    }
    expect((await failure(release(onHost(host), options({ target })))).message).toMatch('is being released')
    expect(target).not.toHaveBeenCalled()
  })

  it('is asked for at once where it does not depend on the host, and not again', async () => {
    const host = new SimulatedHost()
    const target = vi.fn(async () => v1)
    const pulls = onItsOwn(host)
    await release(onHost(host), options({ target, fixedTarget: true }))
    expect(target).toHaveBeenCalledTimes(1)
    expect(pulls).toEqual([`x/shop@${digest(1)}`])
    expect(results(host)).toEqual(['v1 good'])
  })

  it('is not pulled early if it is there, and then its image is looked at once', async () => {
    const host = await withV1()
    const pulls = onItsOwn(host)
    await release(onHost(host), options({ target: async () => v1, fixedTarget: true }))
    expect(pulls).toEqual([])
    const looks = host.commands.filter((command) => command.includes('{{.Os}}/{{.Architecture}}'))
    expect(looks).toHaveLength(1)
  })

  it('does not wait for the registry if the lock is somebody else’s', async () => {
    const host = new SimulatedHost()
    host.spawn = async () => (host.lock = fakeLock('held {}')) as never
    const target = (): Promise<never> => new Promise(() => undefined)
    expect((await failure(release(onHost(host), options({ target, fixedTarget: true })))).message).toMatch(
      'is being released',
    )
  })

  it('fails with the reason for which it was not found out early, and is not asked for twice', async () => {
    const target = vi.fn(async () => v1).mockRejectedValueOnce(new Error('no registry'))
    const on = onHost(new SimulatedHost())
    const error = await release(on, options({ target, fixedTarget: true })).catch((thrown: Error) => thrown.cause)
    expect(error).toEqual(new Error('no registry'))
    expect(target).toHaveBeenCalledTimes(1)
  })

  it('is nothing whose image is not signed, where that is wanted: nothing is pulled or started, and the poller may try again', async () => {
    const host = await withV1()
    const pulls = onItsOwn(host)
    const app = { ...appWith(), verify: ['a key'] }
    const target: ReleaseOptions['target'] = (view) => resolveTag(view, app, 'latest')
    host.files.delete('/opt/shop/followed')
    const error = await thrownBy(release(onHost(host), options({ app, target, fixedTarget: true })))
    expect(rootCause(error)).toMatchObject({ message: expect.stringContaining('shop latest is not signed') as string })
    expect([pulls, results(host), host.text('/opt/shop/followed')]).toEqual([[], ['v1 good'], undefined])
  })

  it('is asked for once', async () => {
    const target = vi.fn(async () => v1)
    await release(onHost(new SimulatedHost()), options({ target }))
    expect(target).toHaveBeenCalledTimes(1)
  })

  it('is asked for again after an error, as when a connection was lost', async () => {
    const target = vi.fn(async () => v1)
    target.mockRejectedValueOnce(new Error('lost'))
    const on = onHost(new SimulatedHost())
    const transaction: typeof on.transaction = async (...steps) => {
      const [first] = steps as Task[]
      await expect(first?.check(on.view)).rejects.toThrow('lost')
      return on.transaction(...steps)
    }
    await release({ ...on, transaction }, options({ target }))
    expect(target).toHaveBeenCalledTimes(2)
  })

  it('has the port and health path of its own release, and is otherwise as the inventory says', () => {
    const now = appWith({ port: 9000, health: { path: '/healthz', timeout: 7 }, memory: '1g' })
    expect(asReleased(now, { port: 8000, path: '/health' })).toEqual({
      ...now,
      port: 8000,
      health: { ...now.health, path: '/health' },
    })
    expect(asReleased(now, {})).toEqual(now)
  })

  it('is asked, in a rollback, where it listened then', async () => {
    const host = await withV1()
    const app = appWith({ port: 9000, health: { path: '/new' } })
    await release(
      onHost(host),
      options({ app, kind: 'rollback', target: async () => ({ ...good(2), port: 8001, path: '/old' }) }),
    )
    expect(host.takeLog()).toContain('? three probes of 172.18.0.3:8001/old')
    expect(host.history.at(-1)).toMatchObject({ port: 8001, path: '/old' })
  })
})

describe('the same image for this platform under another digest', () => {
  /** A release of a digest whose image on the host has this id. */
  async function releaseOf(id: string, config?: string): Promise<SimulatedHost> {
    const host = await withV1()
    if (config) host.config = config
    host.answers.set(`docker image inspect -f '{{.Id}}' x/shop@${digest(2)} 2>/dev/null`, `${id}\n`)
    await release(onHost(host), options())
    return host
  }

  it('is what serves already', async () => {
    const host = await releaseOf(`id of x/shop@${digest(1)}`)
    expect(host.containers.has('shop-green')).toBe(false)
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', digest: digest(1) })
  })

  it('is what serves already, also where that shows only once it was pulled', async () => {
    const host = await withV1()
    host.sameImage.set(2, 1)
    host.takeLog()
    await release(onHost(host), options())
    expect(host.takeLog().filter((line) => /^docker (pull|start|stop)/.test(line))).toEqual([
      'docker pull x/shop@sha256:2…',
    ])
    expect(host.containers.has('shop-green')).toBe(false)
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', digest: digest(1) })
  })

  it('is what serves already, though this one comes from a Docker', async () => {
    const host = await withV1()
    host.answers.set(`docker image inspect -f '{{.Id}}' ${digest(2)} 2>/dev/null`, `id of x/shop@${digest(1)}\n`)
    await release(onHost(host), options({ target: async () => ({ tag: 'v2', digest: digest(2), from: 'docker' }) }))
    expect(host.containers.has('shop-green')).toBe(false)
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', digest: digest(1) })
    expect(host.history.at(-1)).not.toHaveProperty('from')
  })

  it('is a release of its own with other settings', async () => {
    const host = await releaseOf(`id of x/shop@${digest(1)}`, 'config-b')
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', digest: digest(2) })
  })

  it('is not what another image is', async () => {
    const host = await releaseOf('another')
    expect(host.history.at(-1)).toMatchObject({ tag: 'v2', digest: digest(2) })
  })
})

describe('the digest of the followed tag', () => {
  it('is that of the release itself, where that is the followed tag', async () => {
    const host = new SimulatedHost()
    host.registry.delete('latest')
    await release(onHost(host), options({ target: async () => ({ tag: 'latest', digest: digest(1) }) }))
    expect(host.text('/opt/shop/followed')).toBe(`${digest(1)}\n`)
    expect(host.takeLog().join('\n')).not.toContain('digest.sh')
  })

  it('is asked of the registry by a rollback to that tag, whose image is an older one', async () => {
    const host = new SimulatedHost()
    await release(
      onHost(host),
      options({ kind: 'rollback', target: async () => ({ tag: 'latest', digest: digest(1) }) }),
    )
    expect(host.text('/opt/shop/followed')).toBe(`${digest(2)}\n`)
  })

  it('is not waited for before the app is switched: a registry that is away delays no rollback', async () => {
    const host = await withV1()
    let answer: () => void = () => undefined
    const { spawn } = host
    host.spawn = (script) => {
      if (!script.includes('digest.sh ')) return spawn.call(host, script)
      const line = new Promise<null>((resolve) => (answer = () => resolve(null)))
      return Promise.resolve({ line: () => line, end: async () => undefined } as unknown as never)
    }
    const rolling = release(
      onHost(host),
      options({ kind: 'rollback', target: async () => ({ tag: 'v2', digest: digest(2) }) }),
    )
    await vi.waitFor(() => expect(host.containers.get('shop-blue')?.State.Running).toBe(false))
    answer()
    await rolling
    expect(results(host).at(-1)).toBe('v2 good')
  })

  it('is noted by nobody where the registry does not say', async () => {
    const host = new SimulatedHost()
    host.registry.delete('latest')
    await release(onHost(host), options())
    expect(host.text('/opt/shop/followed')).toBeUndefined()
  })
})

describe('a release that fails', () => {
  /** @param error of another host, which reaches this one at its first barrier */
  const failing = async (error: Error): Promise<SimulatedHost> => {
    const host = await withV1()
    await failure(release(onHost(host, { barrier: () => Promise.reject(error) }), options()))
    return host
  }

  it.each<[string, Error, boolean]>([
    ['because it was refused', new RefusedError('no'), true],
    ['because of an error whose cause is a refusal', new Error('x', { cause: new RefusedError('no') }), true],
    ['because another host refused it', new BarrierError('no', [new Error('a'), new RefusedError('no')]), true],
    ['because another host failed', new BarrierError('no', [new Error('a')]), false],
    ['for another reason', new Error('no'), false],
  ])('%s: noted as refused: %s', async (_, error, noted) => {
    const host = await failing(error)
    expect(results(host)).toEqual(noted ? ['v1 good', 'v2 refused'] : ['v1 good'])
    expect([...host.containers.keys()]).not.toContain('shop-green')
  })

  it('is noted with when, who and what', async () => {
    const host = await failing(new RefusedError('no'))
    expect(host.history.at(-1)).toEqual({
      at: '2026-05-04T03:02:01.000Z',
      tag: 'v2',
      digest: digest(2),
      who: 'ada',
      kind: 'release',
      result: 'refused',
      config: 'config-a',
      why: 'no',
    })
  })

  it('because of another host has no settings: it was not tried here', async () => {
    const host = await failing(new BarrierError('no', [new RefusedError('no')]))
    expect(host.history.at(-1)).not.toHaveProperty('config')
    expect(host.history.at(-1)).not.toHaveProperty('why')
  })

  it('keeps the beginning of a long reason, without what the history says anyway', async () => {
    const host = await failing(new RefusedError(`shop v2 is refused: ${'x'.repeat(400)}`))
    expect(host.history.at(-1)?.why).toBe(`${'x'.repeat(300)}…`)
  })

  it.each([
    ['of the followed tag: the poller does not try it again', 'latest', true],
    ['of another tag: what the followed one is stays news to the poller', 'v2', false],
  ])('%s', async (_, tag, noted) => {
    const host = await withV1()
    host.files.delete('/opt/shop/followed')
    const on = onHost(host, { barrier: () => Promise.reject(new RefusedError('no')) })
    await failure(release(on, options({ target: async () => ({ tag, digest: digest(2) }) })))
    expect(host.files.has('/opt/shop/followed')).toBe(noted)
  })
})

describe('what was refused on a host', () => {
  /** A host that refused v2 with the settings of now. */
  async function refusing(): Promise<SimulatedHost> {
    const host = await withV1()
    host.broken.add(2)
    await failure(release(onHost(host), options()))
    host.broken.clear()
    host.takeLog()
    return host
  }

  it('is refused at once, with when and why, before anything is pulled', async () => {
    const host = await refusing()
    expect(results(host)).toEqual(['v1 good', 'v2 refused'])
    expect(rootCause(await thrownBy(release(onHost(host), options())))).toMatchObject({
      message: expect.stringMatching(
        /^shop v2 was refused here before, with these settings \(2026-05-04 03:0\d UTC, by ada: not healthy after 60 s: .*\)$/,
      ) as string,
      hint:
        'Nothing was pulled or started. Other settings, another environment or a mended image are a new chance.\n' +
        'To try the same once more: npx tsx playbooks/deploy.ts --tag v2 --retry-bad',
    })
    expect(host.takeLog().filter((line) => /docker (pull|create|run|start)/.test(line))).toEqual([])
    expect(results(host)).toEqual(['v1 good', 'v2 refused'])
  })

  it('is no news to the poller', async () => {
    const host = await refusing()
    host.files.delete('/opt/shop/followed')
    await failure(release(onHost(host), options({ app: appWith({ follow: 'v2' }) })))
    expect(host.text('/opt/shop/followed')).toBe(`${digest(2)}\n`)
  })

  it('is refused at once by a rollback too, which says how it is tried again', async () => {
    const host = await refusing()
    const refused = await thrownBy(release(onHost(host), options({ kind: 'rollback' })))
    expect((rootCause(refused) as CutoverError).hint).toContain('npx tsx playbooks/rollback.ts --retry-bad v2')
  })

  it.each<[string, (host: SimulatedHost) => Partial<ReleaseOptions>]>([
    ['with --retry-bad', () => ({ retryBad: true })],
    [
      'with other settings or another environment',
      (host) => {
        host.config = 'config-b'
        return {}
      },
    ],
  ])('is tried again %s', async (_, given) => {
    const host = await refusing()
    await release(onHost(host), options(given(host)))
    expect(results(host)).toEqual(['v1 good', 'v2 refused', 'v2 good'])
  })

  it('is finished, or taken back, where an interrupted run has left it live', async () => {
    const host = await withV1()
    await release(onHost(host), options())
    const history = host.text('/opt/shop/releases.jsonl') ?? ''
    await host.write(
      '/opt/shop/releases.jsonl',
      history.replace(/"good"(?![^]*"good")/, '"refused","config":"config-a"'),
    )
    await release(onHost(host), options())
    expect(results(host)).toEqual(['v1 good', 'v2 refused', 'v2 good'])
  })

  it('writes nothing in check mode', async () => {
    const host = await refusing()
    const before = [...host.files]
    await failure(release({ ...onHost(host), check: true }, options()))
    expect([...host.files]).toEqual(before)
  })
})

describe('what users asked meanwhile', () => {
  const versions = ['v1 (blue)', 'v2 (green)']

  it('is reported once a release has ended', async () => {
    const on = onHost(await withV1())
    const measured = vi.spyOn(on, 'measured')
    await release(on, options())
    expect(measured.mock.calls).toMatchObject([
      [{ subject: 'shop', versions, marks: [{ what: 'switch' }, { what: 'drain' }] }],
    ])
  })

  it('is also reported of one that failed after its switch', async () => {
    const barrier = async (gate: string): Promise<void> => {
      if (gate.includes('proven')) throw new BarrierError('another host failed')
    }
    const on = onHost(await withV1(), { barrier })
    const measured = vi.spyOn(on, 'measured')
    await failure(release(on, options()))
    expect(measured.mock.calls).toMatchObject([[{ versions, marks: [{ what: 'switch' }] }]])
  })
})
