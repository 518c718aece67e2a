import { describe, expect, it } from 'vitest'
import type { Task } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { traefik, traefikConfiguration, type TraefikOptions } from '../../../tasks/proxy/traefik.ts'

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
  const { host } = new ScriptedHost(() => 'Error: No such container: traefik')
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
        prometheus: {}
      entryPoints:
        # The API, the health check and the metrics; compose binds it to the host's loopback.
        traefik:
          address: ":8080"
        web:
          address: ":80"
          transport:
            lifeCycle:
              requestAcceptGraceTimeout: 2s
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
        prometheus: {}
      entryPoints:
        # The API, the health check and the metrics; compose binds it to the host's loopback.
        traefik:
          address: ":8080"
        web:
          address: ":80"
          transport:
            lifeCycle:
              requestAcceptGraceTimeout: 2s
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
          transport:
            lifeCycle:
              requestAcceptGraceTimeout: 2s
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
        "file /opt/traefik/traefik.yaml",
        "image traefik:v3.7.15",
        "compose cutover-traefik",
      ]
    `)
  })

  it('runs by a compose file', async () => {
    expect(await composeFile()).toMatchInlineSnapshot(`
      "# Written by Cutover. Traefik reads only files: it needs no Docker socket.
      name: cutover-traefik
      services:
        # Another name for another configuration: compose leaves the container of the one before alone.
        traefik-fc7bbfb21845:
          image: "traefik:v3.7.15"
          container_name: traefik
          restart: unless-stopped
          logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
          command: ["--configFile=/etc/traefik/traefik.yaml"]
          ports: ["80:80","127.0.0.1:8080:8080"]
          volumes:
            - /opt/traefik/traefik.yaml:/etc/traefik/traefik.yaml:ro
            - /opt/traefik/dynamic:/etc/traefik/dynamic:ro
            - /opt/traefik/acme:/etc/traefik/acme
          networks: [traefik-public]
          healthcheck:
            test: ["CMD", "traefik", "healthcheck", "--configFile=/etc/traefik/traefik.yaml"]
            interval: 5s
            timeout: 3s
            start_period: 20s
            retries: 5
          labels:
            cutover.stamp: "fc7bbfb21845"
      networks:
        traefik-public:
          external: true
      "
    `)
  })

  it('publishes port 443 with HTTPS', async () => {
    expect(await composeFile({ https: true })).toContain('ports: ["80:80","443:443","127.0.0.1:8080:8080"]\n')
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
