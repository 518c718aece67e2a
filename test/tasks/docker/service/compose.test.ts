import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import type { Container } from '../../../../tasks/docker/inspect.ts'
import { composeUp } from '../../../../tasks/docker/service/compose.ts'
import type { Service } from '../../../../tasks/docker/service/service-container.ts'
import { container, inspected, isInspect, service, shortened, type Shown } from '../containers.ts'

const path = '/opt/traefik/compose.yaml'
const up =
  'env COMPOSE_IGNORE_ORPHANS=true docker compose --project-name cutover-traefik --project-directory /opt/traefik --file /opt/traefik/compose.yaml up --detach --quiet-pull'
const old = container({ id: 'old1', name: 'traefik-before', running: false })

interface State {
  /** The containers at each look; the last ones stay. */
  looks: (readonly (Container | undefined)[])[]
  file?: string
  /** Other files that it is made from. */
  others?: Record<string, string>
}

/** The change that a check returns, and the commands that apply runs, and then undo. */
async function ran({ looks, file, others = {} }: State, given: Service = service) {
  const compose: Service['compose'] = async (...of) => ({ ...(await given.compose(...of)), files: others })
  const wanted = { ...given, compose }
  const remaining = [...looks]
  const host = new ScriptedHost(
    (command) =>
      isInspect(command) ? inspected(...((remaining.length > 1 ? remaining.shift() : remaining[0]) ?? [])) : '',
    { files: file === undefined ? {} : { [path]: file } },
  )
  const task = composeUp(wanted)
  const change = await task.check(host.host)
  const checked = host.commands.length
  if (change) await task.apply(host.host, change)
  const applied = host.commands.length
  if (change) await task.undo?.(host.host, change)
  return {
    summary: change?.summary ?? null,
    diff: change && [change.before, change.after],
    applied: shortened(host.commands.slice(checked, applied)),
    undone: shortened(host.commands.slice(applied)),
  }
}
const current = 'new compose\n'
const same = [undefined, undefined]
const write = `write ${path} 644 root:root`

describe('a service', () => {
  it.each<[string, State, Awaited<ReturnType<typeof ran>>]>([
    ['is as wanted', { looks: [[container()]], file: current }, { summary: null, diff: null, applied: [], undone: [] }],
    [
      'does not exist',
      { looks: [[], [container()]] },
      {
        summary: 'start traefik',
        diff: ['', current],
        applied: [write, up, 'inspect', 'inspect'],
        undone: [],
      },
    ],
    [
      'has only another file',
      { looks: [[container()]], file: 'old' },
      { summary: 'compose.yaml', diff: ['old', current], applied: [write], undone: [] },
    ],
    [
      'has only another configuration',
      { looks: [[container()]], file: current, others: { '/x.yaml': 'new' } },
      { summary: 'its configuration', diff: ['', 'new'], applied: ['write /x.yaml 644 root:root', write], undone: [] },
    ],
    [
      'has ended',
      { looks: [[container({ running: false })], [container()]], file: current },
      {
        summary: 'start traefik',
        diff: same,
        applied: [write, 'docker start new1 >/dev/null', 'inspect', 'inspect'],
        undone: [],
      },
    ],
    [
      'is not healthy yet',
      { looks: [[container({ health: 'starting' })], [container()]], file: current },
      { summary: 'wait for traefik to be healthy', diff: same, applied: [write, 'inspect', 'inspect'], undone: [] },
    ],
    [
      'has another image',
      { looks: [[container({ id: 'old1', stamp: 'old', image: 'traefik:v1' })], [container(), old]], file: 'old' },
      {
        summary: 'change traefik: image traefik:v1 → traefik:v2',
        diff: ['old', current],
        applied: [
          'docker stop old1 >/dev/null; docker rename old1 traefik-before',
          write,
          up,
          'inspect',
          'inspect',
          'inspect',
          'docker stop old1 >/dev/null; docker rm old1 >/dev/null',
        ],
        undone: ['inspect', 'docker stop old1 >/dev/null; docker rm old1 >/dev/null'],
      },
    ],
    [
      'has a replacement that was cut off when it was healthy already',
      { looks: [[container(), old], [container(), old], [container()]], file: current },
      {
        summary: 'finish the change of traefik that was cut off',
        diff: same,
        applied: ['inspect', 'docker stop old1 >/dev/null; docker rm old1 >/dev/null', 'inspect'],
        undone: ['inspect'],
      },
    ],
    [
      'has a replacement that was cut off before there was a new container: it is made again',
      {
        looks: [
          [undefined, old],
          [undefined, old],
          [container({ id: 'old1', stamp: 'old' })],
          [container({ id: 'old1', stamp: 'old' })],
          [container({ id: 'old1', stamp: 'old' })],
          [container(), old],
        ],
        file: current,
      },
      {
        summary: 'finish the change of traefik that was cut off',
        diff: same,
        applied: [
          'inspect',
          'docker rename old1 traefik; docker start old1 >/dev/null',
          'inspect',
          'inspect',
          'inspect',
          'docker stop old1 >/dev/null; docker rename old1 traefik-before',
          write,
          up,
          'inspect',
          'inspect',
          'inspect',
          'docker stop old1 >/dev/null; docker rm old1 >/dev/null',
        ],
        undone: ['inspect', 'docker stop old1 >/dev/null; docker rm old1 >/dev/null'],
      },
    ],
  ])('%s', async (_, state, expected) => {
    expect(await ran(state)).toEqual(expected)
  })

  it('an undo that brings the old container back writes its compose file', async () => {
    const broken = container({ health: 'unhealthy' })
    const looks = [[broken, old], [container()]]
    const host = new ScriptedHost((command) =>
      isInspect(command) ? inspected(...(looks.shift() ?? [container()])) : '',
    )
    const change = { summary: '', step: 'replace', previous: 'old compose\n' }
    await composeUp(service).undo?.(host.host, change)
    expect(host.files.get(path)?.content).toBe('old compose\n')
  })

  it.each<[string, Shown | undefined, boolean]>([
    ['made', undefined, true],
    ['replaced', { stamp: 'old' }, true],
    ['started', { running: false }, false],
    ['left', {}, false],
  ])('that is to be %s is asked for: %j', async (_, shown, expected) => {
    const asked: unknown[] = []
    const now = shown && container(shown)
    const host = new ScriptedHost((command) => (isInspect(command) ? inspected(now) : ''))
    await composeUp({ ...service, allow: async (_host, existing) => void asked.push(existing) }).check(host.host)
    expect(asked).toEqual(expected ? [now] : [])
  })

  it('that runs on with settings of an earlier release is told about', async () => {
    const notes: string[] = []
    const wanted = { ...service, tell: (note: string) => void notes.push(note) }
    await ran({ looks: [[container({ stamp: 'old', project: 'traefik' })]], file: current }, wanted)
    expect(notes).toEqual([
      'traefik runs on with the settings it was set up with; new ones take hold with its next image, or at once (it is away for seconds) by: docker stop traefik && docker rm traefik, and setup again',
    ])
    await ran({ looks: [[container()]], file: current }, wanted)
    expect(notes).toHaveLength(1)
  })

  it('is called by its project, and undone when it fails', () => {
    expect(composeUp(service)).toMatchObject({ name: 'compose cutover-traefik', undoOnFailure: true })
  })
})
