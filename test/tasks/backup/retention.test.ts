import { expect, it } from 'vitest'
import { newestBackups } from '../../../tasks/backup/retention.ts'
import { runAll } from '../app/run.ts'
import { postgresHost, ran } from './postgres-host.ts'

const find = [3, 1, 2].map((day) => `9 shop-2026010${day}t000000z.dump\n`).join('') + '9 shop-mine.dump\n'

it('only the newest backups stay', async () => {
  const host = postgresHost({ find })
  expect(await runAll(host, [newestBackups('shop', '/b', 2)])).toEqual({
    'the newest 2 backups': 'remove shop-20260101t000000z.dump',
  })
  expect(ran(host)).toEqual([
    "find /b/ -maxdepth 1 -type f -name 'shop-*.dump' -printf '%s %f\\n' 2>/dev/null",
    'rm -f -- /b/shop-20260101t000000z.dump',
  ])
})

it('as many as there are, or fewer, are left alone', async () => {
  for (const keep of [3, 14]) {
    expect(await newestBackups('shop', '/b', keep).check(postgresHost({ find }).host)).toBeNull()
  }
})
