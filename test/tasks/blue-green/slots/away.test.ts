import { beforeEach, describe, expect, it, vi } from 'vitest'
import { away, back } from '../../../../tasks/blue-green/slots/away.ts'
import { maintenanceRoute } from '../../../../tasks/proxy/route.ts'
import { apply, appWith, check, failure, good, routeOf, slotContainer, TestHost, undo } from '../builders.ts'
import { clock } from '../clock.ts'

vi.mock('node:timers/promises', () => import('../clock.ts'))
beforeEach(() => clock.reset())

const app = appWith({ drain: 7 })
const api = (service: string): string => JSON.stringify({ service, status: 'enabled' })

/** A host whose blue serves, and whose Traefik has the maintenance route after some looks. */
function hostOf({ running = true, label = routeOf('blue'), looks = 1 } = {}): TestHost {
  let left = looks
  const host: TestHost = new TestHost(
    (command) => {
      if (command.includes('/api/http/routers/')) return api(left-- > 0 ? 'shop-blue' : 'shop-maintenance')
      if (command.startsWith('docker update')) return { changes: () => undefined }
      if (command.startsWith('docker stop')) return ''
      return command.startsWith('docker logs') ? 'its last words' : undefined
    },
    {
      containers: [slotContainer('blue', { route: label }, { running, health: running ? 'healthy' : 'unhealthy' })],
      route: routeOf('blue'),
      history: [good(1)],
    },
  )
  return host
}

describe('an app is away', () => {
  it('once Traefik answers 503, and its slots have ended, each in its time', async () => {
    const host = hostOf({ looks: 2 })
    expect((await check(away(app), host))?.summary).toBe('answer 503, stop shop-blue')
    const log = await apply(away(app), host)
    expect(log[0]).toBe('write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging')
    expect(host.text('/opt/traefik/dynamic/shop.yaml')).toBe(maintenanceRoute(app, 'blue'))
    expect(log.filter((command) => command.includes('/api/'))).toHaveLength(3)
    expect(log.at(-1)).toBe('docker stop --time 7 shop-blue')
  })

  it('though Traefik does not answer', async () => {
    const host = hostOf({ looks: 1000 })
    expect((await apply(away(app), host)).at(-1)).toBe('docker stop --time 7 shop-blue')
    expect(clock.sleeps.length).toBeGreaterThan(20)
  })

  it('already, where nothing of it runs', async () => {
    expect(await check(away(app), hostOf({ running: false }))).toBeNull()
  })

  it('never, where its route would be lost', async () => {
    expect(await failure(check(away(app), hostOf({ label: '' })))).toMatchObject({ kind: 'UnsafeError' })
  })
})

describe('an app is back', () => {
  const stopped = (health: string): TestHost => {
    const host = hostOf({ running: false })
    host.files.set('/opt/traefik/dynamic/shop.yaml', {
      content: maintenanceRoute(app, 'blue'),
      mode: '644',
      owner: 'root:root',
    })
    clock.onSleep = () =>
      host.containers.set('shop-blue', slotContainer('blue', { route: routeOf('blue') }, { health }))
    return host
  }

  it('once Traefik has its route again', async () => {
    let looks = 0
    const host: TestHost = new TestHost(
      (command) => {
        if (command.includes('/api/http/routers/')) return api(++looks < 3 ? 'shop-maintenance' : 'shop-blue')
        return command.startsWith('docker ') ? '' : undefined
      },
      {
        containers: [slotContainer('blue', { route: routeOf('blue') }, { health: 'healthy' })],
        route: maintenanceRoute(app, 'blue'),
        history: [good(1)],
      },
    )
    await apply(back(app), host)
    expect([host.text('/opt/traefik/dynamic/shop.yaml'), looks]).toEqual([routeOf('blue'), 3])
  })

  it.each([
    ['as its own step', (host: TestHost) => apply(back(app), host)],
    ['as the undo of being away', (host: TestHost) => undo(away(app), host, { summary: '' })],
  ])('%s: the slot that served is started, and gets its route once it is healthy', async (_, run) => {
    const host = stopped('healthy')
    const log = await run(host)
    expect(log[0]).toContain('docker start shop-blue')
    expect(host.text('/opt/traefik/dynamic/shop.yaml')).toBe(routeOf('blue'))
  })

  it('fails, and leaves it without a route, where it does not become healthy', async () => {
    const host = stopped('unhealthy')
    expect(await failure(apply(back(app), host))).toMatchObject({
      message: 'shop-blue was started again, and is not healthy within 60 s',
      hint: 'The last lines of its log:\nits last words',
    })
    expect(host.text('/opt/traefik/dynamic/shop.yaml')).toBe(maintenanceRoute(app, 'blue'))
  })

  it('no more, once that is undone', async () => {
    const log = await undo(back(app), hostOf(), { summary: '' })
    expect(log.at(-1)).toBe('docker stop --time 7 shop-blue')
  })
})
