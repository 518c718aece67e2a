import { describe, expect, it } from 'vitest'
import { cut, drawTree } from '../../../runner/report/frame.ts'
import { Model } from '../../../runner/report/model.ts'
import { treeReporter } from '../../../runner/report/tree.ts'
import { visible } from './sample-run.ts'

const plain = (_: string, text: string): string => text
const timeless = (lines: readonly string[]): string =>
  lines
    .map((line) =>
      line
        .replace(/\d+\.\d s(?=$|<)/, 'T')
        .replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, '*')
        .trimEnd(),
    )
    .join('\n')

function fleet(count: number): Model {
  const model = new Model()
  const hosts = Array.from({ length: count }, (_, index) => `web-${index + 1}`)
  model.on({ type: 'run-start', playbook: 'Deploy', hosts, check: false, diff: false })
  return model
}

describe('the tree', () => {
  it('shows hosts that move and those that are done with their steps, and keeps failures first', () => {
    const model = fleet(4)
    for (const host of ['web-1', 'web-2', 'web-3']) model.on({ type: 'host-start', host })
    model.on({
      type: 'task-end',
      host: 'web-1',
      task: 'pull',
      status: 'changed',
      ms: 1200,
      change: { summary: 'shop:v2' },
    })
    model.on({ type: 'task-start', host: 'web-1', task: 'gate', phase: 'run' })
    model.on({ type: 'task-output', host: 'web-1', task: 'gate', line: 'waiting \u001b[31mred\u001b[0m\r', live: true })
    model.on({ type: 'task-output', host: 'web-1', task: 'gate', line: '297' })
    model.on({ type: 'task-end', host: 'web-2', task: 'pull', status: 'failed', ms: 300, error: ['x'] })
    model.on({ type: 'host-end', host: 'web-2', status: 'failed' })
    model.on({ type: 'host-end', host: 'web-3', status: 'done' })
    expect(timeless(drawTree(model, { columns: 60, rows: 20, now: performance.now(), paint: plain })))
      .toMatchInlineSnapshot(`
        "Deploy                                                T
        ✗ web-2  ok=0 changed=0 failed                        T
            ✗ pull                                            T
        * web-1  ok=0 changed=1                               T
            ~ pull: shop:v2                                   T
            * gate                                            T
                waiting red
        ✔ web-3  ok=0 changed=0                               T
        · waiting: web-4"
      `)
  })

  /** Hosts that are done, each with two steps that changed something. */
  const allDone = (count: number, rows = Infinity): string => {
    const model = fleet(count)
    for (const host of model.hosts.keys()) {
      model.on({ type: 'host-start', host })
      for (const task of ['pull', 'switch'])
        model.on({ type: 'task-end', host, task, status: 'changed', ms: 1200, change: { summary: 'v2' } })
      model.on({ type: 'task-end', host, task: 'route', status: 'ok', ms: 1 })
      model.on({ type: 'host-end', host, status: 'done' })
    }
    return timeless(drawTree(model, { columns: 40, rows, now: performance.now(), paint: plain }))
  }

  it('keeps each step with its time for up to five hosts', () => {
    expect(allDone(2)).toMatchInlineSnapshot(`
      "Deploy                            T
      ✔ web-1  ok=1 changed=2           T
          ~ pull: v2                    T
          ~ switch: v2                  T
      ✔ web-2  ok=1 changed=2           T
          ~ pull: v2                    T
          ~ switch: v2                  T"
    `)
    expect(allDone(5).split('\n')).toHaveLength(16)
  })

  it('counts what changed on more hosts, and where the steps do not fit', () => {
    expect(allDone(6)).toMatchInlineSnapshot(`
      "Deploy                            T
      ✔ done, 12 steps changed: web-1, web-2,…"
    `)
    expect(allDone(7)).toMatchInlineSnapshot(`
      "Deploy                            T
      ✔ done, 14 steps changed: 7 hosts"
    `)
    expect([allDone(2, 8), allDone(2, 7)].map((text) => text.split('\n').length)).toEqual([7, 7])
    expect(allDone(2, 6)).toMatchInlineSnapshot(`
      "Deploy                            T
      ✔ done, 4 steps changed: web-1, web-2"
    `)
  })

  const counted = (count: number, states: Record<string, number>, columns = 100): string => {
    const model = fleet(count)
    const names = [...model.hosts.keys()]
    for (const [status, number] of Object.entries(states))
      for (const host of names.splice(0, number)) {
        model.on({ type: 'host-start', host })
        if (status !== 'running') model.on({ type: 'host-end', host, status: status as 'done' })
      }
    return timeless(drawTree(model, { columns, rows: 8, now: performance.now(), paint: visible }))
  }

  it('with many hosts has a bar and counts, and says how many hosts do not fit', () => {
    expect(counted(12, { failed: 1, unreachable: 1, done: 2, skipped: 1, running: 5 })).toMatchInlineSnapshot(`
      "<bold>Deploy  █████████████░░░░░░░░░░░░░░░░░  5/12 hosts, 2 failed, 1 skipped                      </> <dim>T</>
      <red>✗ web-1  ok=0 changed=0 failed                                                               </> <dim>T</>
      <red>✗ web-2  ok=0 changed=0 unreachable                                                          </> <dim>T</>
      <cyan>* web-6  ok=0 changed=0                                                                      </> <dim>T</>
      <dim>… 4 more</>
      <green>✔ done: web-3, web-4</>
      <dim>· skipped: web-5</>
      <dim>· waiting: web-11, web-12</>"
    `)
  })

  it('from eight hosts on has counts, and a bar where there is room for one', () => {
    expect(counted(7, { done: 7 }).split('\n')[0]).toBe(`<bold>Deploy${' '.repeat(87)}</> <dim>T</>`)
    expect(counted(8, { done: 7 }, 79)).toMatchInlineSnapshot(`
      "<bold>Deploy  7/8 hosts                                                       </> <dim>T</>
      <green>✔ done: 7 hosts</>
      <dim>· waiting: web-8</>"
    `)
    expect(counted(8, { done: 8 }, 80)).toMatchInlineSnapshot(`
      "<bold>Deploy  ██████████  8/8 hosts                                            </> <dim>T</>
      <green>✔ done: 8 hosts</>"
    `)
  })

  it('shows the last three notes, an undone step, and a check', () => {
    const model = new Model({ all: true })
    model.on({ type: 'run-start', playbook: 'Deploy', hosts: ['a'], check: true, diff: false })
    model.on({ type: 'host-start', host: 'a' })
    for (const status of ['ok', 'unknown', 'undone', 'undo-failed'] as const)
      model.on({ type: 'task-end', host: 'a', task: status, status, ms: 1 })
    model.on({ type: 'task-start', host: 'a', task: 'pull', phase: 'undo' })
    for (const text of ['1', '2', '3', '4']) model.on({ type: 'note', text })
    const canvas = { columns: 40, rows: 20, now: performance.now(), paint: visible }
    expect(timeless(drawTree(model, canvas))).toMatchInlineSnapshot(`
      "<bold>Deploy (check)                   </> <dim>T</>
      <cyan>* a  ok=1 changed=0              </> <dim>T</>
      <green>    ✔ ok                         </> <dim>T</>
      <cyan>    ? unknown                    </> <dim>T</>
      <cyan>    ↶ undone                     </> <dim>T</>
      <red>    ✗ undo-failed                </> <dim>T</>
          * undo pull                   <dim>T</>
      2
      3
      4"
    `)
  })

  it.each([
    [80, 24],
    [40, 10],
    [20, 5],
  ])('is never larger than the terminal: %i × %i, with 100 hosts', (columns, rows) => {
    const model = fleet(100)
    for (const host of model.hosts.keys()) {
      model.on({ type: 'host-start', host })
      for (let index = 0; index < 20; index++)
        model.on({ type: 'task-end', host, task: `task ${index} with a long name`, status: 'changed', ms: 1 })
    }
    const lines = drawTree(model, { columns, rows, now: performance.now(), paint: plain })
    expect(lines.length).toBeLessThanOrEqual(rows)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  })

  it('draws by the clock and not by the event: 100 hosts × 20 tasks cost no more frames than the time allows', async () => {
    let writes = 0
    let text = ''
    const tree = treeReporter({
      sink: (piece) => void ((writes += 1), (text = piece)),
      paint: plain,
      verbose: false,
      diff: false,
      profile: false,
      columns: () => 100,
      rows: () => 30,
    })
    const hosts = Array.from({ length: 100 }, (_, index) => `h${index}`)
    const since = performance.now()
    tree.on({ type: 'run-start', playbook: 'Set up', hosts, check: false, diff: false })
    for (const host of hosts) tree.on({ type: 'host-start', host })
    for (let index = 0; index < 20; index++) {
      for (const host of hosts) {
        tree.on({ type: 'task-start', host, task: `t${index}`, phase: 'run' })
        tree.on({ type: 'task-end', host, task: `t${index}`, status: 'changed', ms: 1 })
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const host of hosts) tree.on({ type: 'host-end', host, status: 'done' })
    const counters = { ok: 0, changed: 20, failed: 0, skipped: 0, unreachable: 0, ms: 1000 }
    tree.on({
      type: 'run-end',
      recap: Object.fromEntries(hosts.map((host) => [host, counters])),
      ms: 1000,
      failures: [],
    })
    await tree.end()
    const frames = (performance.now() - since) / 100
    expect(writes).toBeLessThanOrEqual(frames + 6)
    expect(text).toContain('h99   ok=0   changed=20')
  })
})

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['abcd', 0, '…'],
  ['\u001b[31mred\u001b[0m\tx\u007f', 9, 'red x '],
])('%j in %i columns is %j', (text, columns, expected) => {
  expect(cut(text, columns)).toBe(expected)
})
