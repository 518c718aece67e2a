import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { router, throttle } from '../../../tasks/proxy/api.ts'

const ask =
  "for api in 127.0.0.1:20080 127.0.0.1:20081 127.0.0.1:8080; do curl -q -sS --globoff --noproxy '*' -f --max-time 5 "
describe('Traefik’s API', () => {
  it('shows the router of a route file', async () => {
    const command = `${ask}"http://$api"/api/http/routers/shop@file 2>/dev/null && exit; done; exit 22`
    const host = new ScriptedHost({ [command]: '{"service":"shop-blue","status":"enabled"}' })
    expect(await router(host.host, 'shop')).toEqual({ service: 'shop-blue', status: 'enabled' })
    expect(host.commands).toEqual([command])
  })

  it('shows no router where it does not answer, or has none', async () => {
    expect(await router(new ScriptedHost(() => ({ code: 22 })).host, 'shop')).toBeNull()
  })

  it('reads a new route within its throttle, which the configuration leaves at the default', () => {
    expect(throttle).toBe(2000)
  })
})
