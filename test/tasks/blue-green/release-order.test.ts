import { flatSteps } from '../../../runner/play/index.ts'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { App } from '../../../tasks/app/settings.ts'
import { release } from '../../../tasks/blue-green/release.ts'
import { resolveTag } from '../../../tasks/blue-green/resolve.ts'
import { rollbackTarget } from '../../../tasks/blue-green/targets.ts'
import { appWith, digest, failure } from './builders.ts'
import { clock } from './clock.ts'
import { onHost, SimulatedHost } from './simulated-host.ts'

vi.mock('node:timers/promises', () => import('./clock.ts'))
beforeEach(() => {
  clock.reset()
  vi.stubEnv('CUTOVER_WHO', 'ada')
  vi.stubEnv('CUTOVER_WHERE', 'laptop')
})

const signal = new AbortController().signal
const plain = appWith({ bake: 4 })
const full = appWith({ bake: 4, migrate: ['migrate'], database: { password: { env: 'X' } } })

const deploy = (host: SimulatedHost, tag: string, app: App = plain, on = onHost(host)): Promise<unknown> =>
  release(on, { app, title: tag, kind: 'release', signal, target: (view) => resolveTag(view, app, tag) })
const rollback = (host: SimulatedHost, app: App = plain): Promise<unknown> =>
  release(onHost(host), {
    app,
    title: 'to the last good release',
    kind: 'rollback',
    signal,
    target: (view) => rollbackTarget(view, app, undefined, { force: false, tell: () => undefined }),
  })

/** A host on which v1 was released. */
async function withV1(app: App = plain): Promise<SimulatedHost> {
  const host = new SimulatedHost()
  await deploy(host, 'v1', app)
  host.takeLog()
  return host
}
const results = (host: SimulatedHost): string[] =>
  host.history.map(({ kind, tag, result, left }) =>
    [kind, tag, result, ...(left ? ['left', left.slice(0, 8)] : [])].join(' '),
  )
const slots = (host: SimulatedHost): string[] =>
  [...host.containers.values()]
    .filter(({ Name }) => /-(blue|green)$/.test(Name))
    .map(({ Name, Config, State }) => `${Name} ${Config.Labels?.['cutover.tag']} ${State.Running ? 'runs' : 'ended'}`)

describe('the exact order of commands', () => {
  it('of a first release', async () => {
    const host = new SimulatedHost()
    await deploy(host, 'v1')
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "lock: release v1",
        "# resolve",
        "/opt/cutover/digest.sh x/shop v1",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:1… 2>/dev/null",
        "docker pull x/shop@sha256:1…",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:1… 2>/dev/null",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:1… 2>/dev/null",
        "# start",
        "?? Traefik’s counts of both slots",
        "? digest of the settings",
        "? addresses of the slots",
        "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker create --name shop-blue --network traefik-public-shop --ip 172.20.255.254 --restart unless-stopped --env-file /opt/shop/app.env --env CUTOVER_SLOT=blue --label cutover.app=shop --label cutover.slot=blue --label cutover.tag=v1 --label cutover.digest=sha256:1… --label cutover.config=config-a --label 'cutover.settings={"access":"local","port":8000,"health":{"path":"/health","timeout":60,"interval":5},"timeouts":{"read":600,"write":0,"idle":180,"connect":30,"response":0,"keep_alive":3}}' --label cutover.mark=MARK --label cutover.route=ROUTE --health-interval 5s --health-timeout 5s --health-retries 3 --health-start-period 60s --stop-timeout 30 --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 x/shop@sha256:1… && : && docker start shop-blue",
        "# gate",
        "? three probes of 172.18.0.2:8000/health",
        "barrier: shop is ready everywhere",
        "# switch",
        "? Traefik’s counts of both slots",
        "write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging",
        "# confirm",
        "? Traefik’s route",
        "? five public requests",
        "# bake",
        "barrier: shop has proven itself everywhere",
        "# drain",
        "# record",
        "write /opt/shop/followed 644 root:root",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:01.000Z","tag":"v1","digest":"sha256:1…","who":"ada","kind":"release","result":"good","port":8000,"path":"/health"}",
        "# prune",
        "docker image ls --no-trunc --digests --format '{{.Digest}} {{.ID}} {{.Tag}}' x/shop",
      ]
    `)
    expect(results(host)).toEqual(['release v1 good'])
    expect(slots(host)).toEqual(['/shop-blue v1 runs'])
  })

  it('of a second release', async () => {
    const host = await withV1()
    await deploy(host, 'v2')
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "lock: release v2",
        "# resolve",
        "/opt/cutover/digest.sh x/shop v2",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:2… 2>/dev/null",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker pull x/shop@sha256:2…",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "# start",
        "?? Traefik’s counts of both slots",
        "? digest of the settings",
        "? addresses of the slots",
        "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker create --name shop-green --network traefik-public-shop --ip 172.20.255.253 --restart unless-stopped --env-file /opt/shop/app.env --env CUTOVER_SLOT=green --label cutover.app=shop --label cutover.slot=green --label cutover.tag=v2 --label cutover.digest=sha256:2… --label cutover.config=config-a --label 'cutover.settings={"access":"local","port":8000,"health":{"path":"/health","timeout":60,"interval":5},"timeouts":{"read":600,"write":0,"idle":180,"connect":30,"response":0,"keep_alive":3}}' --label cutover.mark=MARK --label cutover.route=ROUTE --health-interval 5s --health-timeout 5s --health-retries 3 --health-start-period 60s --stop-timeout 30 --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 x/shop@sha256:2… && : && docker start shop-green",
        "# gate",
        "? three probes of 172.18.0.3:8000/health",
        "barrier: shop is ready everywhere",
        "# switch",
        "? Traefik’s counts of both slots",
        "write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging",
        "# confirm",
        "? Traefik’s route",
        "? five public requests",
        "# bake",
        "? age of the route",
        "sleep 500",
        "? Traefik’s counts of both slots (2 lines, 8 times)",
        "barrier: shop has proven itself everywhere",
        "# drain",
        "docker update --restart no shop-blue >/dev/null || { sleep 1; docker update --restart no shop-blue >/dev/null; }",
        "docker stop --time 30 shop-blue",
        "# record",
        "write /opt/shop/followed 644 root:root",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:05.000Z","tag":"v2","digest":"sha256:2…","who":"ada","kind":"release","result":"good","port":8000,"path":"/health","requests":120,"failed":0}",
        "# prune",
        "docker image ls --no-trunc --digests --format '{{.Digest}} {{.ID}} {{.Tag}}' x/shop",
      ]
    `)
    expect(results(host)).toEqual(['release v1 good', 'release v2 good'])
    expect(slots(host)).toEqual(['/shop-blue v1 ended', '/shop-green v2 runs'])
  })

  it('of a release that its gate refuses', async () => {
    const host = await withV1()
    host.broken.add(2)
    expect(await failure(deploy(host, 'v2', appWith({ bake: 4, health: { timeout: 1 } })))).toMatchObject({
      kind: 'TaskError',
    })
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "lock: release v2",
        "# resolve",
        "/opt/cutover/digest.sh x/shop v2",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:2… 2>/dev/null",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker pull x/shop@sha256:2…",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "# start",
        "?? Traefik’s counts of both slots",
        "? digest of the settings",
        "? addresses of the slots",
        "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker create --name shop-green --network traefik-public-shop --ip 172.20.255.253 --restart unless-stopped --env-file /opt/shop/app.env --env CUTOVER_SLOT=green --label cutover.app=shop --label cutover.slot=green --label cutover.tag=v2 --label cutover.digest=sha256:2… --label cutover.config=config-a --label 'cutover.settings={"access":"local","port":8000,"health":{"path":"/health","timeout":1,"interval":5},"timeouts":{"read":600,"write":0,"idle":180,"connect":30,"response":0,"keep_alive":3}}' --label cutover.mark=MARK --label cutover.route=ROUTE --health-interval 5s --health-timeout 5s --health-retries 3 --health-start-period 1s --stop-timeout 30 --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 x/shop@sha256:2… && : && docker start shop-green",
        "# gate",
        "? three probes of 172.18.0.3:8000/health",
        "? three probes of 172.18.0.3:8000/health",
        "sleep 100 (2 lines, 11 times)",
        "? three probes of 172.18.0.3:8000/health",
        "? what the health path answers",
        "? what the health path answers",
        "docker logs --tail 1000 shop-green 2>&1 | (umask 077; tee /var/log/cutover/shop-refused.log 2>/dev/null) | tail -n 100",
        "# undo gate",
        "docker rm -f shop-green",
        "# undo start",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:02.100Z","tag":"v2","digest":"sha256:2…","who":"ada","kind":"release","result":"refused","config":"config-a","why":"not healthy after 1 s: /health answers 503 to a request for 192.0.2.1: not ready"}",
      ]
    `)
    expect(results(host)).toEqual(['release v1 good', 'release v2 refused'])
    expect(slots(host)).toEqual(['/shop-blue v1 runs'])
  })

  it('of a release that fails after its switch', async () => {
    const host = await withV1()
    host.failing.add(2)
    await failure(deploy(host, 'v2'))
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "lock: release v2",
        "# resolve",
        "/opt/cutover/digest.sh x/shop v2",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:2… 2>/dev/null",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker pull x/shop@sha256:2…",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "# start",
        "?? Traefik’s counts of both slots",
        "? digest of the settings",
        "? addresses of the slots",
        "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker create --name shop-green --network traefik-public-shop --ip 172.20.255.253 --restart unless-stopped --env-file /opt/shop/app.env --env CUTOVER_SLOT=green --label cutover.app=shop --label cutover.slot=green --label cutover.tag=v2 --label cutover.digest=sha256:2… --label cutover.config=config-a --label 'cutover.settings={"access":"local","port":8000,"health":{"path":"/health","timeout":60,"interval":5},"timeouts":{"read":600,"write":0,"idle":180,"connect":30,"response":0,"keep_alive":3}}' --label cutover.mark=MARK --label cutover.route=ROUTE --health-interval 5s --health-timeout 5s --health-retries 3 --health-start-period 60s --stop-timeout 30 --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 x/shop@sha256:2… && : && docker start shop-green",
        "# gate",
        "? three probes of 172.18.0.3:8000/health",
        "barrier: shop is ready everywhere",
        "# switch",
        "? Traefik’s counts of both slots",
        "write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging",
        "# confirm",
        "? Traefik’s route",
        "? five public requests",
        "# bake",
        "? age of the route",
        "sleep 500",
        "? Traefik’s counts of both slots",
        "docker logs --tail 1000 shop-green 2>&1 | (umask 077; tee /var/log/cutover/shop-refused.log 2>/dev/null) | tail -n 100",
        "# undo bake",
        "write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging",
        "sleep 3000",
        "docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }",
        "docker stop --time 30 shop-green",
        "docker rm -f shop-green",
        "# undo switch",
        "# undo start",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:04.500Z","tag":"v2","digest":"sha256:2…","who":"ada","kind":"release","result":"refused","config":"config-a","why":"after the switch, 50 of 50 answers were 5xx"}",
      ]
    `)
    expect(results(host)).toEqual(['release v1 good', 'release v2 refused'])
    expect(slots(host)).toEqual(['/shop-blue v1 runs'])
  })

  it('of a rollback', async () => {
    const host = await withV1()
    await deploy(host, 'v2')
    host.takeLog()
    await rollback(host)
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "lock: rollback to the last good release",
        "# resolve",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:1… 2>/dev/null",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:1… 2>/dev/null",
        "# start",
        "?? Traefik’s counts of both slots",
        "? digest of the settings",
        "? addresses of the slots",
        "docker update --restart unless-stopped shop-blue >/dev/null && docker start shop-blue >/dev/null",
        "# gate",
        "? three probes of 172.18.0.2:8000/health",
        "barrier: shop is ready everywhere",
        "# switch",
        "? Traefik’s counts of both slots",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:05.000Z","tag":"v1","digest":"sha256:1…","who":"ada","kind":"rollback","result":"begun"}",
        "write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging",
        "# confirm",
        "? Traefik’s route",
        "? five public requests",
        "# bake",
        "? age of the route",
        "sleep 500",
        "? Traefik’s counts of both slots (2 lines, 8 times)",
        "barrier: shop has proven itself everywhere",
        "# drain",
        "docker update --restart no shop-green >/dev/null || { sleep 1; docker update --restart no shop-green >/dev/null; }",
        "docker stop --time 30 shop-green",
        "# record",
        "write /opt/shop/followed 644 root:root",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:09.000Z","tag":"v1","digest":"sha256:1…","who":"ada","kind":"rollback","result":"good","port":8000,"path":"/health","requests":220,"failed":0,"left":"sha256:2…"}",
        "# prune",
        "docker image ls --no-trunc --digests --format '{{.Digest}} {{.ID}} {{.Tag}}' x/shop",
      ]
    `)
    expect(results(host)).toEqual([
      'release v1 good',
      'release v2 good',
      'rollback v1 begun',
      'rollback v1 good left sha256:2',
    ])
    expect(slots(host)).toEqual(['/shop-blue v1 runs', '/shop-green v2 ended'])
  })

  it('of a release with a migration and another database password', async () => {
    const host = await withV1(full)
    Object.assign(host, { formerPassword: true, config: 'config-b' })
    await deploy(host, 'v2', full)
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "lock: release v2",
        "# resolve",
        "/opt/cutover/digest.sh x/shop v2",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker pull x/shop@sha256:2…",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "# database password",
        "[ -f /opt/shop/postgres/password ] && [ -f /opt/cutover/database-password.sh ]",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh try </opt/shop/postgres/password",
        "write /opt/shop/postgres/let-in 644 root:root",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh let_in shop-backend shop-blue </dev/null",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh change </opt/shop/postgres/password",
        "[ -f /opt/shop/postgres/password ] && [ -f /opt/cutover/database-password.sh ]",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh try </opt/shop/postgres/password",
        "# migrate",
        "? digest of the settings",
        "docker rm -f shop-migration 2>/dev/null",
        "? address of the database",
        "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker run --detach --name shop-migration --env-file /opt/shop/app.env --network shop-backend --add-host shop-postgres:172.19.128.2 --add-host postgres:172.19.128.2 --label cutover.digest=sha256:2… --label cutover.config=config-b x/shop@sha256:2… migrate",
        "docker wait shop-migration",
        "# start",
        "?? Traefik’s counts of both slots",
        "? digest of the settings",
        "? addresses of the slots",
        "? address of the database",
        "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker create --name shop-green --network traefik-public-shop --ip 172.20.255.253 --restart unless-stopped --env-file /opt/shop/app.env --env CUTOVER_SLOT=green --label cutover.app=shop --label cutover.slot=green --label cutover.tag=v2 --label cutover.digest=sha256:2… --label cutover.config=config-b --label 'cutover.settings={"access":"local","port":8000,"health":{"path":"/health","timeout":60,"interval":5},"timeouts":{"read":600,"write":0,"idle":180,"connect":30,"response":0,"keep_alive":3}}' --label cutover.mark=MARK --label cutover.route=ROUTE --health-interval 5s --health-timeout 5s --health-retries 3 --health-start-period 60s --stop-timeout 30 --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 --add-host shop-postgres:172.19.128.2 --add-host postgres:172.19.128.2 x/shop@sha256:2… && docker network connect shop-backend shop-green && docker start shop-green",
        "# gate",
        "? three probes of 172.18.0.3:8000/health",
        "barrier: shop is ready everywhere",
        "# switch",
        "? Traefik’s counts of both slots",
        "write /opt/traefik/dynamic/shop.yaml 644 root:root by /opt/traefik/staging",
        "# confirm",
        "? Traefik’s route",
        "? five public requests",
        "# bake",
        "? age of the route",
        "sleep 500",
        "? Traefik’s counts of both slots (2 lines, 8 times)",
        "barrier: shop has proven itself everywhere",
        "# drain",
        "docker update --restart no shop-blue >/dev/null || { sleep 1; docker update --restart no shop-blue >/dev/null; }",
        "docker stop --time 30 shop-blue",
        "# record",
        "write /opt/shop/followed 644 root:root",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:05.000Z","tag":"v2","digest":"sha256:2…","who":"ada","kind":"release","result":"good","port":8000,"path":"/health","requests":120,"failed":0}",
        "# former database password",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh let_in shop-backend </dev/null",
        "rm -f /opt/shop/postgres/let-in",
        "# prune",
        "docker image ls --no-trunc --digests --format '{{.Digest}} {{.ID}} {{.Tag}}' x/shop",
      ]
    `)
  })

  it('of such a release whose migration fails', async () => {
    const host = await withV1(full)
    Object.assign(host, { formerPassword: true, config: 'config-b', migrationStatus: '1' })
    await failure(deploy(host, 'v2', full))
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "lock: release v2",
        "# resolve",
        "/opt/cutover/digest.sh x/shop v2",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker pull x/shop@sha256:2…",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "# database password",
        "[ -f /opt/shop/postgres/password ] && [ -f /opt/cutover/database-password.sh ]",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh try </opt/shop/postgres/password",
        "write /opt/shop/postgres/let-in 644 root:root",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh let_in shop-backend shop-blue </dev/null",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh change </opt/shop/postgres/password",
        "[ -f /opt/shop/postgres/password ] && [ -f /opt/cutover/database-password.sh ]",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh try </opt/shop/postgres/password",
        "# migrate",
        "? digest of the settings",
        "docker rm -f shop-migration 2>/dev/null",
        "? address of the database",
        "if [ -f /opt/shop/app.env.sh ]; then . /opt/shop/app.env.sh; fi; docker run --detach --name shop-migration --env-file /opt/shop/app.env --network shop-backend --add-host shop-postgres:172.19.128.2 --add-host postgres:172.19.128.2 --label cutover.digest=sha256:2… --label cutover.config=config-b x/shop@sha256:2… migrate",
        "docker wait shop-migration",
        "docker logs --tail 1000 shop-migration 2>&1 | (umask 077; tee /var/log/cutover/shop-refused.log 2>/dev/null) | tail -n 100",
        "docker rm -f shop-migration",
        "# undo database password",
        "with PGDATABASE=postgres: docker exec --interactive --env PGDATABASE shop-postgres psql",
        "input ALTER ROLE CURRENT_USER PASSWORD 'former';",
        "docker exec --interactive shop-postgres sh -c database-password.sh sh let_in shop-backend </dev/null",
        "rm -f /opt/shop/postgres/let-in",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:01.000Z","tag":"v2","digest":"sha256:2…","who":"ada","kind":"release","result":"refused","config":"config-b","why":"the migration failed: it ended with 1"}",
      ]
    `)
    expect(results(host)).toEqual(['release v1 good', 'release v2 refused'])
    expect(slots(host)).toContain('/shop-blue v1 runs')
  })
})

describe('a release', () => {
  it('of what serves already changes nothing', async () => {
    const host = await withV1()
    await deploy(host, 'v1')
    expect(
      host.takeLog().filter((line) => !/^[#?]|^(docker image (inspect|ls)|\/opt\/cutover\/digest\.sh) /.test(line)),
    ).toMatchInlineSnapshot(`
      [
        "lock: release v1",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "barrier: shop is ready everywhere",
        "barrier: shop has proven itself everywhere",
      ]
    `)
    expect(results(host)).toEqual(['release v1 good'])
  })

  it('in check mode changes nothing, and takes no lock', async () => {
    const host = await withV1()
    await deploy(host, 'v2', plain, onHost(host, { check: true }))
    expect(host.takeLog()).toMatchInlineSnapshot(`
      [
        "# resolve",
        "/opt/cutover/digest.sh x/shop v2",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "? digest of the settings",
        "docker image inspect -f '{{.Id}}' x/shop@sha256:2… 2>/dev/null",
        "# route",
        "# pull",
        "docker image inspect -f '{{.Os}}/{{.Architecture}}' x/shop@sha256:2… 2>/dev/null",
        "# start",
        "# gate",
        "# switch",
        "# confirm",
        "? Traefik’s route",
        "# bake",
        "# drain",
        "# record",
        "# prune",
        "docker image ls --no-trunc --digests --format '{{.Digest}} {{.ID}} {{.Tag}}' x/shop",
      ]
    `)
    expect(slots(host)).toEqual(['/shop-blue v1 runs'])
  })

  it('that loses its lock before the switch changes nothing more, not even back', async () => {
    const host = await withV1()
    const on = onHost(host, {
      barrier: async () => {
        host.lock.print('lost')
        await vi.advanceTimersByTimeAsync(0)
      },
    })
    const { kind, message } = await failure(deploy(host, 'v2', plain, on))
    expect([kind, message]).toEqual(['UndoError', 'the release lock of shop is not ours any more'])
    const log = host.takeLog()
    expect(log.slice(log.indexOf('barrier: shop is ready everywhere'))).toMatchInlineSnapshot(`
      [
        "barrier: shop is ready everywhere",
        "# undo start",
      ]
    `)
    expect(results(host)).toEqual(['release v1 good'])
    expect(slots(host)).toEqual(['/shop-blue v1 runs', '/shop-green v2 runs'])
  })

  it('that was interrupted right after its switch is finished by the next run', async () => {
    const host = await withV1()
    const on = onHost(host, {
      barrier: (gate) => (gate.includes('proven') ? Promise.reject(new Error('killed')) : Promise.resolve()),
    })
    await failure(
      deploy(host, 'v2', plain, {
        ...on,
        transaction: async (...steps) => {
          // A process that is killed undoes nothing.
          const flat = flatSteps('transaction', steps)
          return on.transaction(...flat.map((step) => ('check' in step ? { ...step, undo: undefined } : step)))
        },
      }),
    )
    expect(slots(host)).toEqual(['/shop-blue v1 runs', '/shop-green v2 runs'])
    host.takeLog()
    await deploy(host, 'v2')
    expect(host.takeLog().filter((line) => !/^[?]|^(docker image|\/opt\/cutover)/.test(line))).toMatchInlineSnapshot(`
      [
        "lock: release v2",
        "# resolve",
        "spawn /opt/cutover/digest.sh x/shop latest 2>/dev/null",
        "# route",
        "# pull",
        "# start",
        "# gate",
        "barrier: shop is ready everywhere",
        "# switch",
        "# confirm",
        "# bake",
        "barrier: shop has proven itself everywhere",
        "# drain",
        "docker update --restart no shop-blue >/dev/null || { sleep 1; docker update --restart no shop-blue >/dev/null; }",
        "docker stop --time 30 shop-blue",
        "# record",
        "write /opt/shop/followed 644 root:root",
        "cat >>/opt/shop/releases.jsonl",
        "input {"at":"2026-05-04T03:02:05.000Z","tag":"v2","digest":"sha256:2…","who":"ada","kind":"release","result":"good","port":8000,"path":"/health"}",
        "# prune",
      ]
    `)
    expect(slots(host)).toEqual(['/shop-blue v1 ended', '/shop-green v2 runs'])
  })

  it('of the followed tag notes its digest for the poller, refused or not', async () => {
    const host = await withV1()
    host.broken.add(2)
    await failure(deploy(host, 'latest', appWith({ health: { timeout: 0 } })))
    expect(host.text('/opt/shop/followed')).toBe(`${digest(2)}\n`)
    host.registry.set('latest', 3)
    await deploy(host, 'latest')
    expect(host.text('/opt/shop/followed')).toBe(`${digest(3)}\n`)
  })
})
