import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { ScriptedHost } from '../../../runner/task/kit.ts'
import { pages } from '../../../tasks/proxy/pages.ts'

const named = (name: string, options: Parameters<typeof pages>[0] = { https: false }) =>
  pages(options).find((each) => each.name.includes(name))!
const written = async (name: string, options?: Parameters<typeof pages>[0]): Promise<string> => {
  const host = new ScriptedHost(() => '', {})
  const change = await named(name, options).check(host.host)
  if (change) await named(name, options).apply(host.host, change)
  return (await host.host.read(name)) ?? ''
}
const route = '/opt/traefik/dynamic/_nobody.yaml'

it.each([false, true])('what answers where no app does comes after all apps (HTTPS: %s)', async (https) => {
  const { http } = parse(await written(route, { https })) as { http: Record<string, Record<string, object>> }
  const router = {
    rule: 'PathPrefix(`/`)',
    priority: -2000,
    service: 'noop@internal',
    middlewares: ['cutover.no-store', 'cutover.page', 'cutover.not-found'],
  }
  expect(http.routers).toEqual({
    'cutover.nobody': { entryPoints: ['web'], ...router },
    ...(https && { 'cutover.nobody-tls': { entryPoints: ['websecure'], ...router, tls: {} } }),
  })
  expect(http.middlewares?.['cutover.not-found']).toMatchObject({ ipAllowList: { rejectStatusCode: 404 } })
})

it('the pages are our own, or those of the inventory', async () => {
  expect(await written('/opt/traefik/pages/404.html')).toContain('Nothing is here')
  expect(await written('/opt/traefik/pages/503.html')).toContain('Back soon')
  const own = { https: false, notFound: '<p>a\n', maintenance: '<p>b\n' }
  expect(await written('/opt/traefik/pages/404.html', own)).toBe('<p>a\n')
  expect(await written('/opt/traefik/pages/503.html', own)).toBe('<p>b\n')
})

it('busybox is installed only where none has a web server', async () => {
  const hostWith = (list: string): ScriptedHost =>
    new ScriptedHost((command) => (command.startsWith('/bin/busybox --list') ? list : ''))
  const { check } = named('busybox')
  expect(await check(hostWith('ash\nhttpd\n').host)).toBeNull()
  // This host's apt knows no packages, so it is the one that is asked.
  await expect(check(hostWith('ash\n').host)).rejects.toThrow('apt has no busybox')
})
