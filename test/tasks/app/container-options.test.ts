import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { containerOptions } from '../../../tasks/app/container-options.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'

const optionsOf = (more: object, list?: string): Promise<string[]> =>
  containerOptions(
    new ScriptedHost({}, { files: list === undefined ? {} : { '/opt/shop/files/list.json': list } }).host,
    toApp('shop', 'a', appSettings.parse({ image: 'x/y', ...more })),
  )

describe('the options of an app’s container', () => {
  it.each<[object, string[]]>([
    [{}, []],
    [{ user: '1000:1000', init: true, shm: '64m' }, ['--user', '1000:1000', '--init', '--shm-size', '64m']],
    [{ init: false }, []],
    [{ tmpfs: { '/tmp': '64m' } }, ['--tmpfs', '/tmp:size=64m']],
    [{ extra_hosts: { db: '2001:db8::1' } }, ['--add-host', 'db:2001:db8::1']],
    [
      { volumes: { '/data': 'uploads' } },
      ['--mount', 'type=volume,src=shop-uploads,dst=/data,volume-label=cutover.app=shop'],
    ],
    [
      { volumes: { '/data': { name: 'uploads', owner: '1000', read_only: true } } },
      ['--mount', 'type=volume,src=shop-uploads,dst=/data,readonly,volume-nocopy,volume-label=cutover.app=shop'],
    ],
    [{ volumes: { '/m': { host: '/srv/m', mode: '750' } } }, ['--mount', 'type=bind,src=/srv/m,dst=/m']],
    [{ volumes: { '/m': { host: '/srv/m', read_only: true } } }, ['--mount', 'type=bind,src=/srv/m,dst=/m,readonly']],
  ])('with %j', async (more, argv) => {
    expect(await optionsOf(more)).toEqual(argv)
  })

  it('mount the files that setup left, and nothing of what is in them', async () => {
    expect(await optionsOf({ files: { '/a': { secret: { env: 'A' } } } }, '{"/a":"0123abcd","/former":"x"}')).toEqual([
      '--mount',
      'type=bind,src=/opt/shop/files/0123abcd,dst=/a,readonly',
    ])
  })

  it.each([undefined, '{}'])('are missing where setup has not left a file: %j', async (list) => {
    await expect(optionsOf({ files: { '/a': { file: 'a' } } }, list)).rejects.toMatchObject({
      name: 'MissingError',
      message: '/a of shop is not on scripted',
    })
  })
})
