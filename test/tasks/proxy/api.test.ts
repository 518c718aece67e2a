import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { parseMetrics, responseCounts, router, throttle } from '../../../tasks/proxy/api.ts'

const ask =
  "for api in 127.0.0.1:20080 127.0.0.1:20081 127.0.0.1:8080; do curl -q -sS --globoff --noproxy '*' -f --max-time 5 "
const metrics = `# HELP traefik_service_requests_total How many requests processed
traefik_service_requests_total{code="200",method="GET",protocol="http",service="shop-blue@file"} 12
traefik_service_requests_total{code="404",method="GET",protocol="http",service="shop-blue@file"} 3
traefik_service_requests_total{code="502",method="GET",protocol="http",service="shop-blue@file"} 2
traefik_service_requests_total{code="504",method="POST",protocol="http",service="shop-blue@file"} 1e+01
traefik_service_requests_total{code="500",method="GET",protocol="http",service="shop-green@file"} 100
traefik_service_requests_bytes_total{code="500",method="GET",protocol="http",service="shop-blue@file"} 4096
`

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

  it('counts the answers of one service, and those with a 5xx', async () => {
    expect(parseMetrics(metrics, 'shop-blue')).toEqual({ all: 27, errors: 12 })
    expect(parseMetrics(metrics, 'blog-blue')).toEqual({ all: 0, errors: 0 })
    const command = `${ask}"http://$api/metrics" 2>/dev/null && exit; done | grep -F -e 'service="shop-green@file"' -e 'service="shop-blue@file"'`
    const host = new ScriptedHost({ [command]: metrics })
    expect(await responseCounts(host.host, ['shop-green', 'shop-blue'])).toEqual([
      { all: 100, errors: 100 },
      { all: 27, errors: 12 },
    ])
  })

  it('counts nothing where it does not answer', async () => {
    expect(await responseCounts(new ScriptedHost(() => ({ code: 1 })).host, ['shop-blue'])).toEqual([
      { all: 0, errors: 0 },
    ])
  })

  it('reads a new route within its throttle, which the configuration leaves at the default', () => {
    expect(throttle).toBe(2000)
  })
})
