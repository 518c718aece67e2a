import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ScriptedOutput } from '../../../../runner/task/kit.ts'
import { confirm, parseAnswer } from '../../../../tasks/blue-green/steps/confirm.ts'
import {
  apply,
  appWith,
  check,
  contextOf,
  failure,
  routeOf,
  slotContainer,
  TestHost,
  undo,
  wanted,
} from '../builders.ts'
import { clock } from '../clock.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => clock.reset())

const curl = "curl -q -sS --globoff --noproxy '*'"
const routerCommand =
  `for api in 127.0.0.1:20080 127.0.0.1:20081 127.0.0.1:8080; do ${curl} -f --max-time 5 ` +
  '"http://$api"/api/http/routers/shop@file 2>/dev/null && exit; done; exit 22'
const publicCommand =
  `for n in 0 1 2 3 4; do ${curl} -o /dev/null --max-time 10 -D - -H 'Host: 192.0.2.1' ` +
  `http://127.0.0.1/health || true; echo ---; done`

const answer = (status = 200, mark = 'mark of green'): string =>
  `HTTP/1.1 ${status} Whatever\r\nX-Cutover: ${mark}\r\n\r\n---\n`
const router = (service = 'shop-green', status = 'enabled'): string => JSON.stringify({ service, status })

interface Scene {
  /** What Traefik's API says; null: it does not answer. */
  router?: string | null
  answers?: string
}

function hostOf(scene: Scene): TestHost {
  const script = (command: string): ScriptedOutput | undefined => {
    const { router: shown = router(), answers = answer().repeat(5) } = scene
    if (command === routerCommand) return shown === null ? { code: 7 } : shown
    // Its shell may end with any status: what was printed counts.
    if (command === publicCommand) return { stdout: answers, code: 1 }
    if (command.startsWith('docker logs ')) return 'its log\n'
    return /^docker (update|stop|rm) /.test(command) ? '' : undefined
  }
  return new TestHost(script, {
    containers: [slotContainer('blue'), slotContainer('green', wanted)],
    route: routeOf('green'),
  })
}

/** What becomes of a switch that never shows. */
const refusal = async (scene: Scene): Promise<string> => {
  const { kind, message, hint } = await failure(apply(confirm(contextOf()), hostOf(scene)))
  expect(hint).toBe(
    kind === 'RefusedError' ? 'Its last log lines:\n  its log' : 'Is Traefik running? docker logs traefik',
  )
  return `${kind}: ${message}`
}
const prefix = 'the switch to green did not show: '

describe('the switch shows', () => {
  it('when Traefik routes to the slot, and five public answers carry its mark', async () => {
    const host = hostOf({})
    expect(await check(confirm(contextOf()), host)).toBeNull()
    expect(host.changes).toEqual([routerCommand, publicCommand])
  })

  it.each([
    ['404', answer(404)],
    ['a redirect', answer(301)],
    ['499', answer(499)],
    ['100', answer(100)],
  ])('with any answer below 500: %s', async (_, one) => {
    expect(await check(confirm(contextOf()), hostOf({ answers: one.repeat(5) }))).toBeNull()
  })

  it('by https to the domain of an app that has one', async () => {
    const host = new TestHost(
      (command) =>
        command === routerCommand ? router() : command.startsWith('for n in') ? answer().repeat(5) : undefined,
      { containers: [slotContainer('blue'), slotContainer('green', wanted)], route: routeOf('green') },
    )
    expect(await check(confirm(contextOf(appWith({ access: { domain: 'shop.example.org' } }))), host)).toBeNull()
    expect(host.changes[1]).toBe(
      `for n in 0 1 2 3 4; do ${curl} -o /dev/null --max-time 10 -D - -k ` +
        `--resolve shop.example.org:443:127.0.0.1 https://shop.example.org/health || true; echo ---; done`,
    )
  })

  it.each<[object, string]>([
    [{ domain: ['p.home.local', 'q'], https: 'off' }, "-H 'Host: p.home.local' http://127.0.0.1/health"],
    [{ path: '/blog', strip_path: true }, "-H 'Host: 192.0.2.1' http://127.0.0.1/blog/health"],
    [{ path: '/blog' }, "-H 'Host: 192.0.2.1' http://127.0.0.1/blog/"],
    [{ path: '/health' }, "-H 'Host: 192.0.2.1' http://127.0.0.1/health"],
  ])('where users of %j come', async (access, expected) => {
    const host = new TestHost(
      (command) =>
        command === routerCommand ? router() : command.startsWith('for n in') ? answer().repeat(5) : undefined,
      { containers: [slotContainer('blue'), slotContainer('green', wanted)], route: routeOf('green') },
    )
    expect(await check(confirm(contextOf(appWith({ access }))), host)).toBeNull()
    expect(host.changes[1]).toContain(`-D - ${expected} ||`)
  })

  it('through a maintenance, with the header that its file names', async () => {
    const host = new TestHost(
      (command) =>
        command === routerCommand ? router() : command.startsWith('for n in') ? answer().repeat(5) : undefined,
      {
        containers: [slotContainer('blue'), slotContainer('green', wanted)],
        route: routeOf('green'),
        files: { '/opt/traefik/dynamic/shop.maintenance.yaml': '!Header(`X-Cutover-Look`, `abc`)' },
      },
    )
    expect(await check(confirm(contextOf()), host)).toBeNull()
    expect(host.changes[1]).toContain("-H 'X-Cutover-Look: abc' ||")
  })
})

describe('the switch does not show', () => {
  it('so five answers are wanted', async () => {
    expect(await check(confirm(contextOf()), hostOf({ router: null }))).toEqual({
      summary: '5 public answers from green',
      slot: 'green',
    })
  })

  it.each<[string, Scene, string]>([
    ['Traefik is away', { router: null }, `CutoverError: ${prefix}Traefik routes to nothing`],
    [
      'Traefik still routes to the old slot',
      { router: router('shop-blue') },
      `CutoverError: ${prefix}Traefik routes to shop-blue (enabled)`,
    ],
    [
      'Traefik takes the route for wrong',
      { router: router('shop-green', 'disabled') },
      `CutoverError: ${prefix}Traefik routes to shop-green (disabled)`,
    ],
    [
      'nothing answers',
      { answers: '---\n'.repeat(5) },
      `RefusedError: shop v2 is refused: after the switch, a public request was answered with nothing by nobody`,
    ],
    [
      'the new slot answers with 5xx',
      { answers: answer().repeat(4) + answer(502) },
      `RefusedError: shop v2 is refused: after the switch, a public request was answered with 502 by it`,
    ],
    [
      'an answer has no status',
      { answers: 'X-Cutover: mark of green\r\n---\n'.repeat(5) },
      `RefusedError: shop v2 is refused: after the switch, a public request was answered with nothing by it`,
    ],
    [
      'the new slot answers with 500',
      { answers: answer(500).repeat(5) },
      `RefusedError: shop v2 is refused: after the switch, a public request was answered with 500 by it`,
    ],
    [
      'the old slot answers',
      { answers: answer(200, 'mark of blue').repeat(5) },
      `RefusedError: shop v2 is refused: after the switch, a public request was answered with 200 by another release`,
    ],
    [
      'something without a mark answers',
      { answers: 'HTTP/1.1 404 Not Found\r\n\r\n---\n'.repeat(5) },
      `RefusedError: shop v2 is refused: after the switch, a public request was answered with 404 by nobody`,
    ],
  ])('%s: it is given five seconds, then the release fails', async (_, scene, expected) => {
    expect(await refusal(scene)).toBe(expected)
    expect(clock.sleeps).toEqual(Array.from({ length: 101 }, () => 50))
  })

  it('yet, but after a while: the release goes on', async () => {
    const scene: Scene = { router: null }
    clock.onSleep = (count) => {
      if (count === 2) scene.router = router()
    }
    expect(await apply(confirm(contextOf()), hostOf(scene))).toEqual([
      routerCommand,
      routerCommand,
      routerCommand,
      publicCommand,
    ])
    expect(clock.sleeps).toEqual([50, 50])
  })

  it('and the run is interrupted: it ends at once', async () => {
    const context = contextOf(appWith(), { signal: AbortSignal.abort(new Error('interrupted')) })
    expect((await failure(apply(confirm(context), hostOf({ router: null })))).message).toBe('interrupted')
  })

  it('and is undone by giving the route back', async () => {
    expect(await undo(confirm(contextOf()), hostOf({}), { summary: '', slot: 'green' } as never)).toEqual([
      'write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging',
      'docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }',
      'docker stop --time 30 shop-green',
      'docker rm -f shop-green',
    ])
  })
})

it.each([
  ['HTTP/1.1 200 OK\r\nX-Cutover: 0123456789abcdef\r\nContent-Length: 2\r\n\r\n', 200, '0123456789abcdef'],
  ['HTTP/2 503 \r\nx-cutover:   a b\n\n', 503, 'a b'],
  ['HTTP/1.1 404 Not Found\r\nX: X-Cutover: no\r\n\r\n', 404, ''],
  ['not HTTP/1.1 404 Not Found', 0, ''],
  ['HTTP/1.1 20', 0, ''],
  ['', 0, ''],
])('the headers %j are an answer of status %i with the mark %j', (headers, status, mark) => {
  expect(parseAnswer(headers)).toEqual({ status, mark })
})
