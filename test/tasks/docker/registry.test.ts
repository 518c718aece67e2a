import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { registryCa, registryLogin } from '../../../tasks/docker/registry.ts'

it('the certificate of a registry is a file, in a folder that is made for it', async () => {
  const host = new ScriptedHost(() => '')
  const task = registryCa('registry.lab:5000', 'CERTIFICATE\n')
  expect(task.name).toBe('file /etc/docker/certs.d/registry.lab:5000/ca.crt')
  const change = await task.check(host.host)
  expect(change).toMatchObject({ summary: 'new', before: '', after: '[mode 644, owner root:root]\nCERTIFICATE\n' })
  await task.apply(host.host, change ?? { summary: '' })
  expect(host.commands).toEqual([
    'mkdir -p -- /etc/docker/certs.d/registry.lab:5000',
    'write /etc/docker/certs.d/registry.lab:5000/ca.crt 644 root:root',
  ])
  expect(await task.check(host.host)).toBeNull()
})

const path = '/root/.docker/config.json'
const auth = Buffer.from('me:s3cret').toString('base64')
const login = (registry: string) => registryLogin(registry, 'me', new Secret('s3cret', 'password'))
const hostWith = (config?: object): ScriptedHost =>
  new ScriptedHost(() => '', { files: config ? { [path]: JSON.stringify(config) } : {} })

describe('a login to a registry', () => {
  it.each([
    ['holds', { auths: { 'ghcr.io': { auth } } }, null],
    ['has another password', { auths: { 'ghcr.io': { auth: 'x' } } }, { summary: 'as me' }],
    ['is of another registry', { auths: { 'other.io': { auth } } }, { summary: 'as me' }],
    ['is missing', { credsStore: 'x' }, { summary: 'as me' }],
    ['is missing, and so is the file', undefined, { summary: 'as me' }],
  ])('%s', async (_, config, change) => {
    expect(await login('ghcr.io').check(hostWith(config).host)).toEqual(change)
  })

  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['docker.io', 'https://index.docker.io/v1/'],
  ])('of %s stands beside all other settings under %s', async (registry, key) => {
    const host = hostWith({ credsStore: 'x', auths: { 'other.io': { auth: 'y' } } })
    await login(registry).apply(host.host, { summary: '' })
    expect(host.commands).toEqual(['install -d -m 700 /root/.docker', `write ${path} 600 root:root`])
    expect(host.files.get(path)?.content).toBe(
      `${JSON.stringify({ credsStore: 'x', auths: { 'other.io': { auth: 'y' }, [key]: { auth } } }, null, 2)}\n`,
    )
    expect(await login(registry).check(host.host)).toBeNull()
    expect(login(registry).name).toBe(`docker: login to ${registry}`)
  })
})
