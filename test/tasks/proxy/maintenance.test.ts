import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { inMaintenance, lookThrough, maintenance, maintenanceEnded } from '../../../tasks/proxy/maintenance.ts'

const path = '/opt/traefik/dynamic/shop.maintenance.yaml'
const app = (access: unknown): ReturnType<typeof toApp> =>
  toApp('shop', '192.0.2.1', appSettings.parse({ image: 'x/y', access }))
const shop = app({ domain: 'a.org' })
const hostOf = (): ScriptedHost => new ScriptedHost((command) => (command === `rm -f -- ${path}` ? '' : undefined), {})
const begun = async (of = shop): Promise<ScriptedHost> => {
  const scripted = hostOf()
  await maintenance(of, 600).apply(scripted.host, { summary: '' })
  return scripted
}

describe('a maintenance', () => {
  it.each<[unknown, string, object]>([
    ['local', 'PathPrefix(`/`)', { entryPoints: ['web'], priority: -999 }],
    [
      { domain: 'a.org' },
      'Host(`a.org`)',
      { entryPoints: ['websecure'], priority: 14, tls: { certResolver: 'letsencrypt' } },
    ],
    [{ domain: 'a.org', https: 'internal' }, 'Host(`a.org`)', { entryPoints: ['websecure'], tls: {} }],
  ])('of %j answers 503 but for who sends the header', async (access, rule, expected) => {
    const scripted = await begun(app(access))
    const { http } = parse((await scripted.host.read(path)) ?? '') as { http: Record<string, Record<string, object>> }
    const [, , header = ''] = await lookThrough(scripted.host, 'shop').then(([flag, value = '']) => [
      flag,
      ...value.split(': '),
    ])
    expect(header).toMatch(/^[0-9a-f]{32}$/)
    expect(http.routers?.['shop.maintenance']).toMatchObject({
      rule: `(${rule}) && !Header(\`X-Cutover-Look\`, \`${header}\`)`,
      middlewares: ['shop.retry-after', 'shop.page', 'shop.maintenance'],
      ...expected,
    })
    expect(http.middlewares?.['shop.retry-after']).toMatchObject({
      headers: { customResponseHeaders: { 'Retry-After': '600' } },
    })
    expect(http.middlewares?.['shop.page']).toEqual({
      errors: { status: ['503'], service: 'shop.pages', query: '/503.html' },
    })
    expect(http.services?.['shop.pages']).toEqual({ loadBalancer: { servers: [{ url: 'http://127.0.0.1:20082' }] } })
    expect(http.middlewares?.['shop.maintenance']).toMatchObject({ ipAllowList: { rejectStatusCode: 503 } })
    expect(scripted.commands).toContain(`write ${path} 600 root:root`)
  })

  it('begins, holds, changes and ends', async () => {
    const scripted = hostOf()
    const check = (task: ReturnType<typeof maintenance>): Promise<unknown> => task.check(scripted.host)
    expect(await check(maintenance(shop, 600))).toEqual({ summary: 'begins: 503, Retry-After 600 s' })
    expect(await check(maintenanceEnded('shop'))).toBeNull()
    expect([await inMaintenance(scripted.host, 'shop'), await lookThrough(scripted.host, 'shop')]).toEqual([false, []])
    const there = await begun()
    expect(await inMaintenance(there.host, 'shop')).toBe(true)
    expect(await maintenance(shop, 600).check(there.host)).toBeNull()
    const look = await lookThrough(there.host, 'shop')
    expect(await maintenance(shop, 60).check(there.host)).toEqual({ summary: 'its settings' })
    await maintenance(shop, 60).apply(there.host, { summary: '' })
    expect(await lookThrough(there.host, 'shop')).toEqual(look)
    expect(await maintenanceEnded('shop').check(there.host)).toEqual({ summary: 'ends' })
    await maintenanceEnded('shop').apply(there.host, { summary: '' })
    expect(there.commands.at(-1)).toBe(`rm -f -- ${path}`)
  })
})
