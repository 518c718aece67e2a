import { describe, expect, it } from 'vitest'
import type { Change, Task } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { Composed } from '../../../tasks/docker/service/service-container.ts'
import { traefik, traefikConfiguration, type TraefikOptions } from '../../../tasks/proxy/traefik.ts'
import { container, TestHost } from '../blue-green/builders.ts'

const options = (more: Partial<TraefikOptions> = {}): TraefikOptions => ({
  image: 'traefik:v3.7.15',
  https: false,
  timeouts: { read: 600, write: 0, idle: 180 },
  ...more,
})

/** The task of this name, among those of a proxy. */
function named(name: string, more: Partial<TraefikOptions> = {}): Task {
  const task = traefik(options(more)).find((each) => each.name === name)
  if (!task) throw new Error(`no task ${name}`)
  return task
}

/** The compose file that a proxy would get on a host without one. */
async function composeFile(more: Partial<TraefikOptions> = {}): Promise<string | undefined> {
  const { host } = new ScriptedHost((command) => (command.includes('docker inspect') ? 'Error: No such container' : ''))
  return (await named('compose cutover-traefik', more).check(host))?.after
}

describe('Traefik’s static configuration', () => {
  it('without HTTPS has the port 80 alone', () => {
    expect(traefikConfiguration(options())).toMatchInlineSnapshot(`
      "# Written by Cutover: Traefik's static configuration. Routes are files in dynamic/, one an app.
      global:
        checkNewVersion: false
        sendAnonymousUsage: false
      log:
        level: INFO
      api:
        dashboard: false
        insecure: true
      ping: {}
      metrics:
        prometheus:
          # In seconds. Its own begin at 0.1 s, which says nothing about most apps.
          buckets: [0.001,0.00125,0.0015,0.002,0.0025,0.003,0.004,0.005,0.006,0.008,0.01,0.0125,0.015,0.02,0.025,0.03,0.04,0.05,0.06,0.08,0.1,0.125,0.15,0.2,0.25,0.3,0.4,0.5,0.6,0.8,1,1.25,1.5,2,2.5,3,4,5,6,8,10,12.5,15,20,25,30,40,50,60]
      entryPoints:
        # The API, the health check and the metrics, for programs on the host alone: no container reaches its loopback.
        traefik:
          address: "127.0.0.1:20080"
        web:
          address: ":80"
          # Two share the port while a new Traefik takes the place of the old one.
          reusePort: true
          transport:
            # How long a client uses one connection: so a Traefik that is replaced loses its clients one by one.
            keepAliveMaxTime: 10s
            lifeCycle:
              graceTimeOut: 30s
            # The longest that an app of this host wants; 0s: no limit.
            respondingTimeouts:
              readTimeout: 600s
              writeTimeout: 0s
              idleTimeout: 180s
      providers:
        file:
          directory: /etc/traefik/dynamic
          watch: true
      "
    `)
  })

  it('with HTTPS has port 443 and Let’s Encrypt; versions that refuse encoded characters are told to allow them', () => {
    const more = { image: 'traefik:v3.6.5', https: true, acme: { email: 'you@example.org' } }
    expect(traefikConfiguration(options({ ...more, timeouts: { read: 7, write: 8, idle: 9 } }))).toMatchInlineSnapshot(`
      "# Written by Cutover: Traefik's static configuration. Routes are files in dynamic/, one an app.
      global:
        checkNewVersion: false
        sendAnonymousUsage: false
      log:
        level: INFO
      api:
        dashboard: false
        insecure: true
      ping: {}
      metrics:
        prometheus:
          # In seconds. Its own begin at 0.1 s, which says nothing about most apps.
          buckets: [0.001,0.00125,0.0015,0.002,0.0025,0.003,0.004,0.005,0.006,0.008,0.01,0.0125,0.015,0.02,0.025,0.03,0.04,0.05,0.06,0.08,0.1,0.125,0.15,0.2,0.25,0.3,0.4,0.5,0.6,0.8,1,1.25,1.5,2,2.5,3,4,5,6,8,10,12.5,15,20,25,30,40,50,60]
      entryPoints:
        # The API, the health check and the metrics, for programs on the host alone: no container reaches its loopback.
        traefik:
          address: "127.0.0.1:20080"
        web:
          address: ":80"
          # Two share the port while a new Traefik takes the place of the old one.
          reusePort: true
          transport:
            # How long a client uses one connection: so a Traefik that is replaced loses its clients one by one.
            keepAliveMaxTime: 10s
            lifeCycle:
              graceTimeOut: 30s
            # The longest that an app of this host wants; 0s: no limit.
            respondingTimeouts:
              readTimeout: 7s
              writeTimeout: 8s
              idleTimeout: 9s
          http:
            encodedCharacters:
              allowEncodedSlash: true
              allowEncodedBackSlash: true
              allowEncodedSemicolon: true
              allowEncodedPercent: true
              allowEncodedQuestionMark: true
              allowEncodedHash: true
        websecure:
          address: ":443"
          # Two share the port while a new Traefik takes the place of the old one.
          reusePort: true
          transport:
            # How long a client uses one connection: so a Traefik that is replaced loses its clients one by one.
            keepAliveMaxTime: 10s
            lifeCycle:
              graceTimeOut: 30s
            # The longest that an app of this host wants; 0s: no limit.
            respondingTimeouts:
              readTimeout: 7s
              writeTimeout: 8s
              idleTimeout: 9s
          http:
            encodedCharacters:
              allowEncodedSlash: true
              allowEncodedBackSlash: true
              allowEncodedSemicolon: true
              allowEncodedPercent: true
              allowEncodedQuestionMark: true
              allowEncodedHash: true
      certificatesResolvers:
        letsencrypt:
          acme:
            email: "you@example.org"
            storage: /etc/traefik/acme/acme.json
            httpChallenge:
              entryPoint: web
      providers:
        file:
          directory: /etc/traefik/dynamic
          watch: true
      "
    `)
  })
})

describe('Traefik as a service', () => {
  it('is made of these tasks', () => {
    expect(traefik(options()).map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "claim traefik",
        "directory /opt/traefik",
        "directory /opt/traefik/dynamic",
        "directory /opt/traefik/staging",
        "directory /opt/traefik/acme",
        "file /opt/traefik/swap.sh",
        "image traefik:v3.7.15",
        "compose cutover-traefik",
        "no /opt/traefik/traefik.yaml",
      ]
    `)
  })

  it('runs by a compose file', async () => {
    expect(await composeFile()).toMatchInlineSnapshot(`
      "# Written by Cutover. Traefik reads only files: it needs no Docker socket.
      name: cutover-traefik
      services:
        # Another name for another configuration: compose leaves the container of the one before alone.
        traefik-59ab8b577184:
          image: "traefik:v3.7.15"
          container_name: traefik
          restart: unless-stopped
          logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
          command: ["--configFile=/etc/traefik/traefik.yaml"]
          # No NAT: clients have their own addresses, and the host's firewall decides about the ports. A slot has a fixed address.
          network_mode: host
          volumes:
            - /opt/traefik/traefik-20080.yaml:/etc/traefik/traefik.yaml:ro
            - /opt/traefik/dynamic:/etc/traefik/dynamic:ro
            - /opt/traefik/acme:/etc/traefik/acme
          stop_grace_period: 35s
          healthcheck:
            test: ["CMD", "traefik", "healthcheck", "--configFile=/etc/traefik/traefik.yaml"]
            interval: 5s
            timeout: 3s
            start_period: 20s
            retries: 5
          labels:
            cutover.stamp: "59ab8b577184"
            cutover.api: "127.0.0.1:20080"
      "
    `)
  })

  it('has its API elsewhere than the one whose place it takes, and a configuration of its own', async () => {
    const present = container('traefik', {
      health: 'healthy',
      labels: { 'cutover.stamp': 'x', 'cutover.api': '127.0.0.1:20080' },
    })
    const host = new TestHost((command) => (command.includes('docker inspect') ? JSON.stringify(present) : ''))
    const change = (await named('compose cutover-traefik').check(host.host)) as Change & { composed: Composed }
    expect(change.summary).toBe('change traefik: image x → traefik:v3.7.15'.replace('x', present.Config.Image))
    expect(change.composed.content).toContain('cutover.api: "127.0.0.1:20081"')
    expect(Object.keys(change.composed.files ?? {})).toEqual(['/opt/traefik/traefik-20081.yaml'])
    expect(Object.values(change.composed.files ?? {}).join()).toContain('address: "127.0.0.1:20081"')
  })

  it('lets go of the configuration that all containers of an older Cutover had, once none reads it', async () => {
    const task = named('no /opt/traefik/traefik.yaml')
    expect(await task.check(new ScriptedHost(() => ({ code: 1 })).host)).toBeNull()
    const host = new ScriptedHost(() => '')
    const change = await task.check(host.host)
    if (change) await task.apply(host.host, change)
    expect(host.commands.at(-1)).toBe('rm -f /opt/traefik/traefik.yaml')
  })

  it('gets a new container for another configuration or image', async () => {
    const all = [
      {},
      { acme: { email: 'you@example.org' }, https: true },
      { image: 'traefik:v3.7.16' },
      { timeouts: { read: 1, write: 0, idle: 180 } },
    ]
    const stamps = await Promise.all(
      all.map(async (more) => / {2}traefik-(\w{12}):/.exec((await composeFile(more)) ?? '')?.[1]),
    )
    expect(new Set(stamps).size).toBe(all.length)
    expect(stamps).not.toContain(undefined)
  })

  it('is refused in a folder that somebody else’s Traefik lives in', async () => {
    const host = new ScriptedHost((command) =>
      command.startsWith('grep -L') ? { code: 0, stdout: '/opt/traefik/traefik.toml\n' } : '',
    )
    await expect(named('claim traefik').check(host.host)).rejects.toMatchObject({
      name: 'UnsafeError',
      message: "/opt/traefik/traefik.toml is not Cutover's: it has no line 'Written by Cutover'",
    })
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "grep -L 'Written by Cutover' -- /opt/traefik/compose.yaml /opt/traefik/traefik.yaml /opt/traefik/traefik.yml /opt/traefik/traefik.toml /opt/traefik/compose.yml /opt/traefik/docker-compose.yml /opt/traefik/docker-compose.yaml 2>/dev/null",
      ]
    `)
  })

  it('has its folders, the one of the keys for root alone', async () => {
    const host = new ScriptedHost(() => '')
    for (const folder of traefik(options()).filter(({ name }) => name.startsWith('directory '))) {
      const change = await folder.check(host.host)
      if (change) await folder.apply(host.host, change)
    }
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "install -d -m 755 -o root -g root -- /opt/traefik",
        "install -d -m 755 -o root -g root -- /opt/traefik/dynamic",
        "install -d -m 755 -o root -g root -- /opt/traefik/staging",
        "install -d -m 700 -o root -g root -- /opt/traefik/acme",
      ]
    `)
  })
})
