import { expect, it } from 'vitest'
import type { InventoryHost } from '../../../runner/inventory/index.ts'
import type { OnHost } from '../../../runner/play/on-host.ts'
import { printStatus, table } from '../../../tasks/blue-green/status-table.ts'
import { appWith, good, routeOf, slotContainer, TestHost } from './builders.ts'

const hostWith = (config: string): TestHost =>
  new TestHost(
    (command) =>
      command.startsWith('/opt/cutover/locked.sh ')
        ? { code: 1 }
        : command.startsWith('df ')
          ? '90% 17G 3%'
          : command.startsWith('/opt/cutover/held.sh')
            ? config === 'changed'
              ? 'paused since yesterday'
              : ''
            : command.includes('sha256sum')
              ? config
              : undefined,
    {
      containers: [slotContainer('blue', {}, { restarts: 0 })],
      route: routeOf('blue'),
      history: config === 'changed' ? [] : [good(1, { reason: 'the shop was down' })],
    },
  )

it('the table has a row for each app on each host in their order, and notes for what is outdated', async () => {
  const views = new Map([
    ['web-2', hostWith('changed')],
    ['web-1', hostWith('changed')],
    ['web-3', hostWith('config-1')],
  ])
  const hosts = [...views.keys()].map((name) => ({ name }) as InventoryHost<null>)
  const lines: string[] = []
  const play = {
    say: (text: string) => void lines.push(text),
    on: async (all: readonly InventoryHost<null>[], work: (on: OnHost<null>) => Promise<void>) => {
      for (const host of all) await work({ host, view: views.get(host.name)?.host } as OnHost<null>)
    },
  }
  await printStatus(play as never, hosts, ({ name }) => (name === 'web-3' ? [appWith(), appWith()] : [appWith()]))
  expect(
    lines.map((line) => line.replace(/healthy  .*polled|healthy  \d+ \w+ +(never|paused)/, 'healthy  TIME  $1')),
  ).toEqual([
    expect.stringMatching(/^host {3}app {3}release {2}slot {2}digest {8}health {3}for +polled {2}disk +last$/),
    'web-1  shop  v1       blue  111111111111  healthy  TIME  paused  90% used, 17G free  -',
    'web-2  shop  v1       blue  111111111111  healthy  TIME  paused  90% used, 17G free  -',
    'web-3  shop  v1       blue  111111111111  healthy  TIME  never   90% used, 17G free  release v1 good by ada',
    'web-3  shop  v1       blue  111111111111  healthy  TIME  never   90% used, 17G free  release v1 good by ada',
    'web-1: its disk is 90% full, 17G free',
    'web-1: the poller of shop is paused since yesterday',
    'web-2: its disk is 90% full, 17G free',
    'web-2: the poller of shop is paused since yesterday',
    'web-3: its disk is 90% full, 17G free',
    'web-3: the last release of shop was forced in a freeze: the shop was down',
    'shop: settings are newer than its release on web-1, web-2: deploy to apply (npx tsx playbooks/deploy.ts --app shop)',
  ])
})

it('rows become columns of equal width, without blanks at their ends', () => {
  expect(table([['a', 'long', 'c'], ['longer', 'b', ''], ['x']])).toEqual(['a       long  c', 'longer  b', 'x'])
  expect(table([])).toEqual([])
})
