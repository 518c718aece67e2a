import { expect, it, vi } from 'vitest'
import status from '../../playbooks/status.ts'
import type { printStatus } from '../../tasks/blue-green/status-table.ts'
import { help, printed } from './cli.ts'

const shown = vi.hoisted(() => [] as string[])

vi.mock('../../tasks/blue-green/index.ts', async (original) => ({
  ...(await original<object>()),
  printStatus: ((_, hosts, appsOn) => {
    shown.push(
      ...hosts.map(
        (host) =>
          `${host.name}: ${appsOn(host)
            .map((app) => `${app.name} at ${app.address}`)
            .join(', ')}`,
      ),
    )
    return Promise.resolve()
  }) satisfies typeof printStatus,
}))

it('status shows the apps of each host that the run is limited to', async () => {
  await printed(status, ['--list-tasks', '--limit', 'one,two'])
  expect(shown).toEqual(['one: blog at one.example.org, shop-api at one.example.org', 'two: blog at 192.0.2.2'])
})

it('status has no options of its own', async () => {
  expect(await help(status)).toMatchInlineSnapshot(
    `"Status. Each app on each host: release, slot, digest, health, since when, poller, disk."`,
  )
})
