import { describe, expect, it } from 'vitest'
import { configOf, sameConfig } from '../../../../tasks/blue-green/slots/config.ts'
import { appWith, failure, TestHost, wanted } from '../builders.ts'

const command =
  '[ ! -f /opt/shop/app.env ] || { cat - /opt/shop/app.env; if [ -f /opt/shop/app.env.sh ]; then cat /opt/shop/app.env.sh; fi; } | sha256sum | cut -c1-12'

/** A host on which the command prints a digest. */
const hostWith = (digest: string): TestHost => new TestHost({ [command]: `${digest}\n` })

describe('the digest of settings and environment', () => {
  it('is what the host computes, without its line feed', async () => {
    const host = hostWith('0123456789ab')
    expect(await configOf(host.host, appWith())).toBe('0123456789ab')
    expect(host.commands).toEqual([command, 'input ["local",8000,null,{"path":"/health","timeout":60,"interval":5}]'])
  })

  it.each([
    [{ timeouts: { read: 9, write: 9, idle: 9 } }, ''],
    [{ timeouts: { connect: 9 } }, ',9,0,3'],
    [{ timeouts: { response: 9 } }, ',30,9,3'],
    [{ timeouts: { keep_alive: 9 } }, ',30,0,9'],
  ])('contains the timeouts of the route only where they are not the defaults: %j', async (more, timeouts) => {
    const host = hostWith('x')
    await configOf(host.host, appWith(more))
    expect(host.input).toBe(`["local",8000,null,{"path":"/health","timeout":60,"interval":5}${timeouts}]`)
  })

  it('contains access, port, memory and health', async () => {
    const host = hostWith('x')
    await configOf(
      host.host,
      appWith({ access: { domain: 'shop.example.org' }, port: 9000, memory: '1g', health: { path: '/up', host: 'a' } }),
    )
    expect(host.input).toBe(
      '[{"domain":"shop.example.org"},9000,"1g",{"path":"/up","host":"a","timeout":60,"interval":5}]',
    )
  })

  it('contains what the container gets, and the list of its files, where any of it is set', async () => {
    const withFiles = command.replace('/opt/shop/app.env; if', '/opt/shop/app.env /opt/shop/files/list.json; if')
    const host = new TestHost({ [withFiles]: 'x\n' })
    await configOf(host.host, appWith({ memory: '1g', init: true, files: { '/b': { file: 'b' } } }))
    expect(host.input).toBe(
      '["local",8000,"1g",{"path":"/health","timeout":60,"interval":5},{"init":true,"files":["/b"]}]',
    )
  })

  it('is missing on a host that is not set up for the app', async () => {
    expect(await failure(configOf(hostWith('').host, appWith()))).toEqual({
      kind: 'MissingError',
      message: 'shop is not set up on scripted',
      hint: 'Run setup first: npx tsx playbooks/setup.ts',
    })
  })
})

describe('before a container is made, the settings', () => {
  it('are those that the release began with', async () => {
    await expect(sameConfig(hostWith(wanted.config).host, { app: appWith(), wanted })).resolves.toBeUndefined()
  })

  it('were changed meanwhile: the release fails', async () => {
    expect(await failure(sameConfig(hostWith('another').host, { app: appWith(), wanted }))).toEqual({
      kind: 'CutoverError',
      message: 'the settings of shop on scripted were changed while it was released',
      hint: 'A setup ran meanwhile, most likely. What served serves on: deploy again.',
    })
  })
})
