import { expect, it } from 'vitest'
import { daemonFact, parseDaemon } from '../../../../tasks/docker/engine/daemon-fact.ts'

const path = '/etc/docker/daemon.json'

it('reads what a host says', () => {
  const text = '{\n  "debug": true,\n  "x": "== file"\n}\n'
  const said = `LoadState=loaded\nMainPID=12\nExecStart={ … }\n== running\n/usr/sbin/dockerd\n-H\nfd://\n--live-restore\n== flags\n/usr/sbin/dockerd\n-H\n$DOCKER_OPTS\n--bip=10.1.0.1/24\n== info\n{"LiveRestoreEnabled":true,"Swarm":{"LocalNodeState":"active"}}\n\n== file\n/srv/daemon.json\n640 0:0\n${text}`
  expect(parseDaemon(said)).toEqual({
    unit: true,
    running: ['-H', '--live-restore'],
    flags: ['-H', '--bip=10.1.0.1/24'],
    live: true,
    swarm: true,
    path: '/srv/daemon.json',
    file: { mode: '640', owner: '0:0', text },
  })
  expect(parseDaemon('\n== running\n\n== flags\n== info\n\n== file\n/etc/docker/daemon.json\n')).toEqual({
    unit: false,
    running: [],
    flags: [],
    live: undefined,
    swarm: false,
    path,
    file: undefined,
  })
})

it.each([
  ['{"LiveRestoreEnabled":false,"Swarm":{"LocalNodeState":"inactive"}}', { live: false, swarm: false }],
  ['{"LiveRestoreEnabled":true}', { live: true, swarm: false }],
  ['{"Driver":"overlayfs","FirewallBackend":{"Driver":"nftables"}}', { driver: 'overlayfs', firewall: 'nftables' }],
  ['error', { live: undefined, swarm: false }],
])('the engine answers %s', (info, expected) => {
  const stdout = `LoadState=not-found\n== running\n\n== flags\n== info\n${info}\n\n== file\n${path}\n`
  expect(parseDaemon(stdout)).toMatchObject({ ...expected, unit: false, file: undefined })
})

it('is read by one command of the shell', () => {
  expect(daemonFact).toMatchObject({ name: 'dockerd', parse: parseDaemon })
  expect(daemonFact.command).toMatchInlineSnapshot(`
    [
      "sh",
      "-c",
      "unit=$(systemctl show docker.service -p MainPID -p LoadState -p ExecStart 2>/dev/null) || unit=
    pid=$(printf '%s\\n' "$unit" | sed -n 's/^MainPID=//p')
    args=$(if [ "\${pid:-0}" -gt 0 ]; then tr '\\0' '\\n' <"/proc/$pid/cmdline"; fi)
    printf '%s\\n' "$unit" '== running' "$args" '== flags'
    printf '%s\\n' "$unit" | sed -n 's/^ExecStart=.*argv\\[\\]=\\([^;]*\\);.*/\\1/p' | tr ' ' '\\n'
    sed -n 's/^ *DOCKER_OPTS=//p' /etc/default/docker 2>/dev/null | tr -d "\\"'" | tr ' ' '\\n'
    echo '== info'
    if [ -S /run/docker.sock ] && command -v curl >/dev/null; then curl -sf --max-time 20 --unix-socket /run/docker.sock http://docker/info || true; else docker info -f '{{json .}}' 2>/dev/null || true; fi
    echo
    echo '== file'
    path=$(printf '%s\\n' "$args" | awk 'found { print; exit } /^--config-file$/ { found = 1; next } sub(/^--config-file=/, "") { print; exit }')
    path=$(readlink -f -- "\${path:-/etc/docker/daemon.json}" || echo "\${path:-/etc/docker/daemon.json}")
    echo "$path"
    if [ -e "$path" ]; then stat -c '%a %u:%g' -- "$path"; cat -- "$path"; fi",
    ]
  `)
})
