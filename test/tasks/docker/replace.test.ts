import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { waitUntilHealthy } from '../../../tasks/docker/replace.ts'

it('a container that ends again and again is told from one whose health check does not pass', async () => {
  const moments = [
    { running: true, status: 'running', health: 'starting', restarts: 0 },
    { running: true, status: 'running', health: 'starting', restarts: 0 },
    { running: true, status: 'restarting', health: 'unhealthy', restarts: 1 },
    { running: true, status: 'restarting', health: 'unhealthy', restarts: 3 },
  ]
  const { host } = new ScriptedHost((command) => {
    if (!command.includes('inspect')) return 'incompatible\n'
    const { running, status, health, restarts } = moments.length > 1 ? moments.shift()! : moments[0]!
    return `${JSON.stringify({ Id: 'x', Name: '/shop-postgres', Image: 'x', RestartCount: restarts, HostConfig: { RestartPolicy: { Name: 'unless-stopped' } }, State: { Status: status, Running: running, ExitCode: 1, StartedAt: '', Health: { Status: health } }, Config: { Image: 'x', Labels: { 'cutover.stamp': 'x' }, Healthcheck: null }, NetworkSettings: { Networks: {} } })}\n`
  })
  await expect(
    waitUntilHealthy(host, { container: 'shop-postgres', project: 'cutover-shop-postgres' }),
  ).rejects.toThrow('shop-postgres (project cutover-shop-postgres) did not come up: it ended with 1, again and again')
})
