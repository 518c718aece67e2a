import { beforeEach, describe, expect, it, vi } from 'vitest'
import setup from '../../playbooks/setup.ts'
import { example, printed } from './cli.ts'

vi.mock('../../program/index.ts', () => ({ hostBundle: () => Promise.resolve('the bundle') }))

beforeEach(() => {
  vi.stubEnv('GHCR_TOKEN', undefined)
  vi.stubEnv('SHOP_PASSWORD', undefined)
})

describe('setup', () => {
  it('lists the tasks of each host in their order', async () => {
    expect(await printed(setup, ['--list-tasks'])).toMatchInlineSnapshot(`
      "one:
        doctor  [always]
        packages ca-certificates curl cron logrotate ufw  [packages]
        unit cron  [packages]
        repository docker  [docker]
        docker  [docker]
        unit docker  [docker]
        docker: live-restore  [docker]
        directory /opt/cutover  [docker]
        directory /etc/systemd/system/docker.service.d  [docker]
        file /opt/cutover/docker-guard.sh  [docker]
        file /etc/systemd/system/docker.service.d/cutover.conf  [docker]
        systemd: docker.service as its files are  [docker]
        user deploy in group docker  [docker]
        firewall  [firewall]
        firewall: published ports  [firewall]
        directory /opt/cutover  [registries]
        directory /opt/cutover/registries  [registries]
        docker: login to ghcr.io  [registries]
        file /opt/cutover/registries/ghcr.io  [registries]
        network traefik-public-blog  [traefik, apps, blog]
        addresses of blog  [traefik, apps, blog]
        network traefik-public-shop-api  [traefik, apps, shop-api]
        addresses of shop-api  [traefik, apps, shop-api]
        claim traefik  [traefik]
        directory /opt/traefik  [traefik]
        directory /opt/traefik/dynamic  [traefik]
        directory /opt/traefik/staging  [traefik]
        directory /opt/traefik/acme  [traefik]
        file /opt/traefik/swap.sh  [traefik]
        image traefik:v3.7.15  [traefik]
        compose cutover-traefik  [traefik]
        no /opt/traefik/traefik.yaml  [traefik]
        packages busybox  [traefik]
        directory /opt/traefik/pages  [traefik]
        file /opt/traefik/pages/404.html  [traefik]
        file /opt/traefik/pages/503.html  [traefik]
        unit cutover-pages.service  [traefik]
        file /opt/traefik/dynamic/_nobody.yaml  [traefik]
        directory /opt/cutover  [program]
        directory /opt/cutover/bin  [program]
        directory /opt/cutover/templates  [program]
        directory /var/log/cutover  [program]
        directory /opt/cutover/registries  [program]
        file /opt/cutover/cutover.sh  [program]
        file /opt/cutover/database-password.sh  [program]
        file /opt/cutover/digest.sh  [program]
        file /opt/cutover/heal.sh  [program]
        file /opt/cutover/held.sh  [program]
        file /opt/cutover/lock.sh  [program]
        file /opt/cutover/locked.sh  [program]
        file /opt/cutover/poll.sh  [program]
        file /opt/cutover/registry.sh  [program]
        file /opt/cutover/registry-failure.sh  [program]
        file /opt/cutover/registry-get.sh  [program]
        file /opt/cutover/registry-login.sh  [program]
        file /opt/cutover/standby.sh  [program]
        file /opt/cutover/tags.sh  [program]
        file /opt/cutover/templates/route.yaml.njk  [program]
        file /opt/cutover/bin/cutover.mjs  [program]
        file /opt/cutover/version  [program]
        runtime node:24-slim  [program]
        file /etc/logrotate.d/cutover  [program]
        claim blog  [apps, blog]
        directory /opt/blog  [apps, blog]
        file /opt/blog/.cutover  [apps, blog]
        file /opt/blog/app.env.sh  [apps, blog]
        file /opt/blog/app.env  [apps, blog]
        file /opt/blog/settings.json  [apps, blog]
        link /opt/blog/deploy  [apps, blog]
        link /opt/blog/rollback  [apps, blog]
        link /opt/blog/finish  [apps, blog]
        link /opt/blog/status  [apps, blog]
        link /opt/blog/heal  [apps, blog]
        file /opt/blog/follow  [apps, blog]
        file /etc/cron.d/cutover-blog  [apps, blog]
        no timers of blog  [apps, blog]
        blog is served  [apps, blog]
        claim shop-api  [apps, shop-api]
        directory /opt/shop-api  [apps, shop-api]
        file /opt/shop-api/.cutover  [apps, shop-api]
        directory /opt/shop-api/postgres  [apps, shop-api]
        network shop-api-backend  [apps, shop-api]
        volume shop-api-postgres  [apps, shop-api]
        image postgres:17  [apps, shop-api]
        claim shop-api-postgres  [apps, shop-api]
        file /opt/shop-api/postgres/password  [apps, shop-api]
        file /opt/shop-api/app.env.sh  [apps, shop-api]
        file /opt/shop-api/app.env  [apps, shop-api]
        compose cutover-shop-api-postgres  [apps, shop-api]
        no /opt/shop-api/postgres/postgres.env  [apps, shop-api]
        parameters of shop-api-postgres  [apps, shop-api]
        file /opt/shop-api/settings.json  [apps, shop-api]
        link /opt/shop-api/deploy  [apps, shop-api]
        link /opt/shop-api/rollback  [apps, shop-api]
        link /opt/shop-api/finish  [apps, shop-api]
        link /opt/shop-api/status  [apps, shop-api]
        link /opt/shop-api/heal  [apps, shop-api]
        link /opt/shop-api/backup  [apps, shop-api]
        link /opt/shop-api/restore  [apps, shop-api]
        file /opt/shop-api/follow  [apps, shop-api]
        file /etc/cron.d/cutover-shop-api  [apps, shop-api]
        no timers of shop-api  [apps, shop-api]
        shop-api is served  [apps, shop-api]
        what left the inventory  [apps]

      two:
        doctor  [always]
        packages ca-certificates curl cron logrotate ufw  [packages]
        unit cron  [packages]
        repository docker  [docker]
        docker  [docker]
        unit docker  [docker]
        docker: live-restore  [docker]
        directory /opt/cutover  [docker]
        directory /etc/systemd/system/docker.service.d  [docker]
        file /opt/cutover/docker-guard.sh  [docker]
        file /etc/systemd/system/docker.service.d/cutover.conf  [docker]
        systemd: docker.service as its files are  [docker]
        firewall  [firewall]
        firewall: published ports  [firewall]
        directory /opt/cutover  [registries]
        directory /opt/cutover/registries  [registries]
        docker: login to ghcr.io  [registries]
        file /opt/cutover/registries/ghcr.io  [registries]
        network traefik-public-blog  [traefik, apps, blog]
        addresses of blog  [traefik, apps, blog]
        claim traefik  [traefik]
        directory /opt/traefik  [traefik]
        directory /opt/traefik/dynamic  [traefik]
        directory /opt/traefik/staging  [traefik]
        directory /opt/traefik/acme  [traefik]
        file /opt/traefik/swap.sh  [traefik]
        image traefik:v3.7.15  [traefik]
        compose cutover-traefik  [traefik]
        no /opt/traefik/traefik.yaml  [traefik]
        packages busybox  [traefik]
        directory /opt/traefik/pages  [traefik]
        file /opt/traefik/pages/404.html  [traefik]
        file /opt/traefik/pages/503.html  [traefik]
        unit cutover-pages.service  [traefik]
        file /opt/traefik/dynamic/_nobody.yaml  [traefik]
        directory /opt/cutover  [program]
        directory /opt/cutover/bin  [program]
        directory /opt/cutover/templates  [program]
        directory /var/log/cutover  [program]
        directory /opt/cutover/registries  [program]
        file /opt/cutover/cutover.sh  [program]
        file /opt/cutover/database-password.sh  [program]
        file /opt/cutover/digest.sh  [program]
        file /opt/cutover/heal.sh  [program]
        file /opt/cutover/held.sh  [program]
        file /opt/cutover/lock.sh  [program]
        file /opt/cutover/locked.sh  [program]
        file /opt/cutover/poll.sh  [program]
        file /opt/cutover/registry.sh  [program]
        file /opt/cutover/registry-failure.sh  [program]
        file /opt/cutover/registry-get.sh  [program]
        file /opt/cutover/registry-login.sh  [program]
        file /opt/cutover/standby.sh  [program]
        file /opt/cutover/tags.sh  [program]
        file /opt/cutover/templates/route.yaml.njk  [program]
        file /opt/cutover/bin/cutover.mjs  [program]
        file /opt/cutover/version  [program]
        runtime node:24-slim  [program]
        file /etc/logrotate.d/cutover  [program]
        claim blog  [apps, blog]
        directory /opt/blog  [apps, blog]
        file /opt/blog/.cutover  [apps, blog]
        file /opt/blog/app.env.sh  [apps, blog]
        file /opt/blog/app.env  [apps, blog]
        file /opt/blog/settings.json  [apps, blog]
        link /opt/blog/deploy  [apps, blog]
        link /opt/blog/rollback  [apps, blog]
        link /opt/blog/finish  [apps, blog]
        link /opt/blog/status  [apps, blog]
        link /opt/blog/heal  [apps, blog]
        file /opt/blog/follow  [apps, blog]
        file /etc/cron.d/cutover-blog  [apps, blog]
        no timers of blog  [apps, blog]
        blog is served  [apps, blog]
        what left the inventory  [apps]

      three:
        doctor  [always]
        packages ca-certificates curl cron logrotate  [packages]
        unit cron  [packages]
        repository docker  [docker]
        docker  [docker]
        unit docker  [docker]
        directory /opt/cutover  [registries]
        directory /opt/cutover/registries  [registries]
        docker: login to ghcr.io  [registries]
        file /opt/cutover/registries/ghcr.io  [registries]
        network traefik-public-blog  [traefik, apps, blog]
        addresses of blog  [traefik, apps, blog]
        claim traefik  [traefik]
        directory /opt/traefik  [traefik]
        directory /opt/traefik/dynamic  [traefik]
        directory /opt/traefik/staging  [traefik]
        directory /opt/traefik/acme  [traefik]
        file /opt/traefik/swap.sh  [traefik]
        image traefik:v3.7.15  [traefik]
        compose cutover-traefik  [traefik]
        no /opt/traefik/traefik.yaml  [traefik]
        packages busybox  [traefik]
        directory /opt/traefik/pages  [traefik]
        file /opt/traefik/pages/404.html  [traefik]
        file /opt/traefik/pages/503.html  [traefik]
        unit cutover-pages.service  [traefik]
        file /opt/traefik/dynamic/_nobody.yaml  [traefik]
        directory /opt/cutover  [program]
        directory /opt/cutover/bin  [program]
        directory /opt/cutover/templates  [program]
        directory /var/log/cutover  [program]
        directory /opt/cutover/registries  [program]
        file /opt/cutover/cutover.sh  [program]
        file /opt/cutover/database-password.sh  [program]
        file /opt/cutover/digest.sh  [program]
        file /opt/cutover/heal.sh  [program]
        file /opt/cutover/held.sh  [program]
        file /opt/cutover/lock.sh  [program]
        file /opt/cutover/locked.sh  [program]
        file /opt/cutover/poll.sh  [program]
        file /opt/cutover/registry.sh  [program]
        file /opt/cutover/registry-failure.sh  [program]
        file /opt/cutover/registry-get.sh  [program]
        file /opt/cutover/registry-login.sh  [program]
        file /opt/cutover/standby.sh  [program]
        file /opt/cutover/tags.sh  [program]
        file /opt/cutover/templates/route.yaml.njk  [program]
        file /opt/cutover/bin/cutover.mjs  [program]
        file /opt/cutover/version  [program]
        runtime node:24-slim  [program]
        file /etc/logrotate.d/cutover  [program]
        claim blog  [apps, blog]
        directory /opt/blog  [apps, blog]
        file /opt/blog/.cutover  [apps, blog]
        file /opt/blog/app.env.sh  [apps, blog]
        file /opt/blog/app.env  [apps, blog]
        file /opt/blog/settings.json  [apps, blog]
        link /opt/blog/deploy  [apps, blog]
        link /opt/blog/rollback  [apps, blog]
        link /opt/blog/finish  [apps, blog]
        link /opt/blog/status  [apps, blog]
        link /opt/blog/heal  [apps, blog]
        file /opt/blog/follow  [apps, blog]
        file /etc/cron.d/cutover-blog  [apps, blog]
        no timers of blog  [apps, blog]
        blog is served  [apps, blog]
        firewall: left alone  [firewall]
        what left the inventory  [apps]
      (exit status 0)"
    `)
  })

  it('lists its tags', async () => {
    expect(await printed(setup, ['--list-tags'])).toMatchInlineSnapshot(`
      "always
      apps
      blog
      docker
      firewall
      packages
      program
      registries
      shop-api
      traefik
      (exit status 0)"
    `)
  })

  it('can be limited to the tasks of an app', async () => {
    expect(await printed(setup, ['--list-tasks', '--tags', 'blog', '--limit', 'two'])).toMatchInlineSnapshot(`
      "two:
        doctor  [always]
        network traefik-public-blog  [traefik, apps, blog]
        addresses of blog  [traefik, apps, blog]
        claim blog  [apps, blog]
        directory /opt/blog  [apps, blog]
        file /opt/blog/.cutover  [apps, blog]
        file /opt/blog/app.env.sh  [apps, blog]
        file /opt/blog/app.env  [apps, blog]
        file /opt/blog/settings.json  [apps, blog]
        link /opt/blog/deploy  [apps, blog]
        link /opt/blog/rollback  [apps, blog]
        link /opt/blog/finish  [apps, blog]
        link /opt/blog/status  [apps, blog]
        link /opt/blog/heal  [apps, blog]
        file /opt/blog/follow  [apps, blog]
        file /etc/cron.d/cutover-blog  [apps, blog]
        no timers of blog  [apps, blog]
        blog is served  [apps, blog]
      (exit status 0)"
    `)
  })

  it.each([
    [
      'a domain without an e-mail address',
      example.replace('{ email: you@example.org }', '{}'),
      "shop-api has a domain, and Let's Encrypt needs an e-mail address\n  Set vars: { traefik: { email: YOU@EXAMPLE.ORG } } in the inventory.",
    ],
    [
      'two apps that answer without a domain',
      example.replace('{ domain: shop.example.org }', 'local'),
      "inventory.yaml:13:5: one has 2 apps with 'access: local', and only one can answer by IP: blog, shop-api\n  Give the others a domain (access: { domain: NAME }) or a path (access: { path: /NAME }).",
    ],
    [
      'a certificate that is missing',
      example.replace('{ username: you,', '{ ca: /nowhere/ca.crt, username: you,'),
      "there is no certificate /nowhere/ca.crt\n  Fix `registries: { NAME: { ca: FILE } }` in the inventory.\n  ENOENT: no such file or directory, open '/nowhere/ca.crt'",
    ],
  ])('refuses %s before it connects', async (_, inventory, expected) => {
    expect(await printed(setup, ['--list-tasks'], inventory)).toBe(`error: ${expected}\n(exit status 2)`)
  })

  it('reads secrets before it connects', async () => {
    expect(await printed(setup, [])).toMatchInlineSnapshot(`
      "error: the secret password of ghcr.io is missing: the environment has no GHCR_TOKEN
        Set it for this run: read -rs GHCR_TOKEN; export GHCR_TOKEN
      (exit status 2)"
    `)
  })
})
