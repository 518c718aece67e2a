import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { readCertificate } from '../../../tasks/app/certificate.ts'
import { registryTasks } from '../../../tasks/app/registries.ts'
import { filesOf, runAll } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n'
writeFileSync(join(folder, 'ca.crt'), pem)
writeFileSync(join(folder, 'ca.der'), '\x30\x82')

const play = (password: string): Parameters<typeof registryTasks>[1] => ({
  secret: (_, label) => new Secret(password, label),
  path: (relative) => join(folder, relative),
})
const password = { env: 'TOKEN' }

describe('the registries of a host', () => {
  it('are trusted by their certificate, and logged in to', async () => {
    const host = new ScriptedHost(() => '')
    const registries = {
      'ghcr.io': { username: 'you', password },
      'registry.example.org:5000': { ca: 'ca.crt' },
      'docker.io': { ca: 'ca.crt', username: 'me', password },
    }
    expect(Object.keys(await runAll(host, registryTasks(registries, play('a"b\\c'))))).toMatchInlineSnapshot(`
      [
        "file /etc/docker/certs.d/registry.example.org:5000/ca.crt",
        "file /etc/docker/certs.d/docker.io/ca.crt",
        "directory /opt/cutover",
        "directory /opt/cutover/registries",
        "docker: login to ghcr.io",
        "file /opt/cutover/registries/ghcr.io",
        "docker: login to docker.io",
        "file /opt/cutover/registries/docker.io",
      ]
    `)
    expect(host.commands).toMatchInlineSnapshot(`
      [
        "mkdir -p -- /etc/docker/certs.d/registry.example.org:5000",
        "write /etc/docker/certs.d/registry.example.org:5000/ca.crt 644 root:root",
        "mkdir -p -- /etc/docker/certs.d/docker.io",
        "write /etc/docker/certs.d/docker.io/ca.crt 644 root:root",
        "install -d -m 755 -o root -g root -- /opt/cutover",
        "install -d -m 700 -o root -g root -- /opt/cutover/registries",
        "install -d -m 700 /root/.docker",
        "write /root/.docker/config.json 600 root:root",
        "write /opt/cutover/registries/ghcr.io 600 root:root",
        "install -d -m 700 /root/.docker",
        "write /root/.docker/config.json 600 root:root",
        "write /opt/cutover/registries/docker.io 600 root:root",
      ]
    `)
    expect(filesOf(host)).toMatchInlineSnapshot(`
      "== /etc/docker/certs.d/registry.example.org:5000/ca.crt 644 root:root
      -----BEGIN CERTIFICATE-----
      MII
      -----END CERTIFICATE-----
      == /etc/docker/certs.d/docker.io/ca.crt 644 root:root
      -----BEGIN CERTIFICATE-----
      MII
      -----END CERTIFICATE-----
      == /root/.docker/config.json 600 root:root
      {
        "auths": {
          "ghcr.io": {
            "auth": "eW91OmEiYlxj"
          },
          "https://index.docker.io/v1/": {
            "auth": "bWU6YSJiXGM="
          }
        }
      }
      == /opt/cutover/registries/ghcr.io 600 root:root
      user = "you:a\\"b\\\\c"
      == /opt/cutover/registries/docker.io 600 root:root
      user = "me:a\\"b\\\\c"
      "
    `)
  })

  it.each([[{}], [{ username: 'you' }], [{ password }]])('need an account in full: %j', (registry) => {
    expect(registryTasks({ 'ghcr.io': registry }, play('x'))).toEqual([])
  })

  it('need a password of one line', () => {
    expect(() => registryTasks({ 'ghcr.io': { username: 'you', password } }, play('a\nb'))).toThrow(
      'the password of ghcr.io contains a control character (a tab or a line break)',
    )
  })
})

describe('a certificate', () => {
  it('is PEM', () => {
    expect(readCertificate(join(folder, 'ca.crt'))).toBe(pem)
  })

  it.each([
    ['none', 'there is no certificate PATH', 'Fix `registries: { NAME: { ca: FILE } }` in the inventory.'],
    [
      'ca.der',
      'PATH is not a certificate in PEM format',
      'No other format is read. Convert it: openssl x509 -inform der -in PATH -out ca.crt',
    ],
  ])('is refused: %s', (name, message, hint) => {
    const path = join(folder, name)
    const inFull = (text: string): string => text.replace('PATH', path)
    expect(() => readCertificate(path)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: inFull(message), hint: inFull(hint) }) as Error,
    )
  })
})
