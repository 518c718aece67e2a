import { describe, expect, it } from 'vitest'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/kit.ts'
import type { ScriptedPath } from '../../../runner/task/scripted-paths.ts'
import { appVolumes, socketNote } from '../../../tasks/app/volumes.ts'
import { runAll } from './run.ts'

/** A host with one volume or none. */
const hostWith = (volume: object | null, files: Record<string, ScriptedPath> = {}): ScriptedHost => {
  let existing = volume
  return new ScriptedHost(
    (command): ScriptedOutput => {
      if (command.startsWith('if [ -S /run/docker.sock ]'))
        return existing === null ? '404' : `${JSON.stringify(existing)}\n200`
      if (command.startsWith('docker volume create')) existing = ours
      return ''
    },
    { files },
  )
}
const data = '/var/lib/docker/volumes/shop-uploads/_data'
const ours = { Labels: { 'cutover.app': 'shop' }, Mountpoint: data }
const changes = ({ commands }: ScriptedHost): string[] => commands.filter((each) => !each.startsWith('if ['))

describe('a named volume', () => {
  it('is made with the app’s label, once, though it is mounted twice', async () => {
    const host = hostWith(null)
    expect(await runAll(host, appVolumes('shop', { '/a': 'uploads', '/b': 'uploads' }))).toEqual({
      'volume shop-uploads': 'create',
    })
    expect(changes(host)).toEqual(['docker volume create --label cutover.app=shop shop-uploads >/dev/null'])
    expect(await runAll(host, appVolumes('shop', { '/a': 'uploads' }))).toEqual({ 'volume shop-uploads': null })
  })

  it('gets its owner and mode, if they are given', async () => {
    const host = hostWith(null, { [data]: { directory: true } })
    await runAll(host, appVolumes('shop', { '/a': { name: 'uploads', owner: '1000:1000', mode: '750' } }))
    expect(changes(host)).toEqual([
      'docker volume create --label cutover.app=shop shop-uploads >/dev/null',
      `chown -- 1000:1000 ${data}`,
      `chmod -- 00750 ${data}`,
    ])
  })

  it.each([{ Labels: null }, { Labels: { 'cutover.app': 'other' } }, { Labels: { cutover: '1' } }])(
    'of somebody else is refused: %j',
    async (volume) => {
      await expect(runAll(hostWith(volume), appVolumes('shop', { '/a': 'uploads' }))).rejects.toMatchObject({
        name: 'UnsafeError',
        message: expect.stringContaining('the volume shop-uploads is not') as string,
      })
    },
  )
})

describe('a folder of the host', () => {
  const folder = { host: '/srv/media', owner: '1000:1000', mode: '750' }

  it('is made, and from then on kept as the inventory wants it', async () => {
    const host = hostWith(null)
    expect(await runAll(host, appVolumes('shop', { '/m': folder }))).toEqual({ 'folder /srv/media': 'new' })
    expect(changes(host)).toEqual([
      'install -d -m 750 -o 1000 -g 1000 -- /srv/media',
      'write /opt/shop/folders 644 root:root',
    ])
    host.files.set('/srv/media', { content: '', mode: '755', owner: '1000:1000', directory: true })
    expect(await runAll(host, appVolumes('shop', { '/m': folder }))).toEqual({ 'folder /srv/media': 'mode 755 → 750' })
  })

  it('that was there before is not given another owner', async () => {
    const host = hostWith(null, { '/srv/media': { directory: true } })
    await expect(runAll(host, appVolumes('shop', { '/m': folder }))).rejects.toMatchObject({
      name: 'UnsafeError',
      message:
        '/srv/media was there before Cutover, and is not as the inventory wants it: mode 755 → 750, owner root:root → 1000:1000',
      hint: expect.stringContaining('(chown 1000:1000 /srv/media; chmod 750 /srv/media)') as string,
    })
    expect(changes(host)).toEqual([])
  })

  it('that was there before, and is right or wants nothing, is mounted as it is', async () => {
    const right = hostWith(null, { '/srv/media': { directory: true, mode: '750', owner: '1000:1000' } })
    expect(await runAll(right, appVolumes('shop', { '/m': folder }))).toEqual({ 'folder /srv/media': null })
    const socket = hostWith(null, { '/run/x.sock': 'a file' })
    expect(await runAll(socket, appVolumes('shop', { '/m': { host: '/run/x.sock' } }))).toEqual({
      'folder /run/x.sock': null,
    })
  })

  it('that is only read must be there', async () => {
    await expect(
      runAll(hostWith(null), appVolumes('shop', { '/m': { host: '/srv/media', read_only: true } })),
    ).rejects.toMatchObject({
      name: 'MissingError',
      message: 'there is no /srv/media on the host, and shop only reads it',
    })
  })
})

it.each([
  ['/var/run/docker.sock', true],
  ['/run', true],
  ['/run/other.sock', false],
])('what Docker’s socket means is said: %s', (host, isSaid) => {
  expect(socketNote('shop', { '/x': { host, read_only: true } }) !== null).toBe(isSaid)
  expect(socketNote('shop', { '/x': 'run' })).toBeNull()
})
