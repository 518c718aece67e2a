import { expect, it } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/kit.ts'
import { noProgram } from '../../../tasks/purge/all.ts'

const there = ['/opt/cutover', 'container traefik', 'network traefik-public']
const hostWith = (apps: string): ScriptedHost =>
  new ScriptedHost((command): ScriptedOutput =>
    command.startsWith('sh -c ') ? apps : command.startsWith('for path in') ? `${there.join('\n')}\n` : '',
  )

it('Traefik and the program go, and dockerd forgets the guard before it is removed', async () => {
  const host = hostWith('')
  const change = await noProgram(false).check(host.host)
  expect(change).toMatchObject({ summary: 'remove 3 things' })
  host.commands.length = 0
  if (change) await noProgram(false).apply(host.host, change)
  expect(host.commands).toMatchInlineSnapshot(`
    [
      "docker stop traefik >/dev/null; docker rm traefik >/dev/null",
      "docker network rm traefik-public >/dev/null",
      "rm -f -- /etc/systemd/system/docker.service.d/cutover.conf /etc/systemd/system/cutover-pages.service /etc/logrotate.d/cutover /etc/systemd/system/cutover-poll@.service /etc/systemd/system/cutover-heal@.service; systemctl daemon-reload",
      "find /opt/traefik -type f -exec grep -l 'Written by Cutover' '{}' + 2>/dev/null | xargs -r -d '\\n' rm -f --; rm -rf --one-file-system -- /opt/traefik/pages/404.html /opt/traefik/pages/503.html /var/log/cutover /opt/cutover; find /opt/traefik -depth -type d -empty -delete 2>/dev/null || :",
    ]
  `)
})

it('the server of the pages is stopped before its unit goes', async () => {
  const unit = '/etc/systemd/system/cutover-pages.service'
  const host = hostWith('')
  const change = { summary: '', there: [unit] }
  await noProgram(false).apply(host.host, change)
  expect(host.commands[0]).toBe('systemctl disable --now cutover-pages.service')
})

it('but not while an app is there', async () => {
  await expect(noProgram(false).check(hostWith('app shop\n').host)).rejects.toThrow(
    'scripted still has shop: an app needs Traefik and the program',
  )
})

it('the certificates go with the data only', async () => {
  const host = hostWith('')
  const change = await noProgram(true).check(host.host)
  if (change) await noProgram(true).apply(host.host, change)
  expect(host.commands.at(-1)).toContain(
    'rm -rf --one-file-system -- /opt/traefik/acme /opt/traefik/pages/404.html /opt/traefik/pages/503.html /var/log/cutover',
  )
})
