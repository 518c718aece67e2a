import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/secret/secret.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import type { PlacedApp } from '../../../tasks/app/apps.ts'
import { appFiles, type AppFile, filesOf } from '../../../tasks/app/files.ts'
import { appSettings, toApp } from '../../../tasks/app/settings.ts'
import { runAll } from './run.ts'

const placed = (more: object): PlacedApp => {
  const settings = appSettings.parse({ image: 'x/y', ...more })
  return { name: 'shop', settings, app: toApp('shop', '192.0.2.1', settings) }
}
const sources = {
  host: 'web-1',
  secret: (_: unknown, label: string) => new Secret(`value of ${label}`, label),
  path: (relative: string) => join(import.meta.dirname, 'files', relative),
}
const text = (content: AppFile['content'] | undefined): string =>
  content instanceof Secret ? `secret: ${content.reveal()}` : String(content)

describe('the files of an app', () => {
  it.each<[object, Partial<AppFile> & { text: string }]>([
    [{ file: 'exact.txt' }, { text: '{{ as it is }}\n', mode: '444', owner: '0:0' }],
    [
      { template: 'plain.njk', mode: '0640' },
      { text: 'shop on web-1 at 192.0.2.1: INFO\n', mode: '640', owner: '0:0' },
    ],
    [
      { template: 'secret.njk', owner: '33' },
      { text: 'secret: key=value of KEY of shop\n', mode: '400', owner: '33:0' },
    ],
    [
      { secret: { env: 'X' }, owner: '1:2' },
      { text: 'secret: value of /a of shop', mode: '400', owner: '1:2' },
    ],
  ])('%j', (file, { text: expected, ...attributes }) => {
    const app = placed({ files: { '/a': file }, env: { LEVEL: 'INFO' }, secrets: { KEY: { env: 'K' } } })
    const [found] = filesOf(app, sources)
    expect(text(found?.content)).toBe(expected)
    expect(found).toMatchObject({ path: '/a', ...attributes })
  })

  it.each([
    ['1000', '1000:0'],
    ['1000:1001', '1000:1001'],
    ['app', '0:0'],
  ])('belong to the app’s user if that is a number: %s', (user, owner) => {
    expect(filesOf(placed({ user, files: { '/a': { file: 'exact.txt' } } }), sources)).toMatchObject([{ owner }])
  })

  it('that are missing, or name an unknown variable, are refused before any host is asked', () => {
    expect(() => filesOf(placed({ files: { '/a': { file: 'none' } } }), sources)).toThrow(
      `there is no file ${sources.path('none')} for /a of shop`,
    )
    expect(() => filesOf(placed({ files: { '/a': { template: 'secret.njk' } } }), sources)).toThrow(
      `${sources.path('secret.njk')}:1`,
    )
  })
})

describe('on a host', () => {
  const config: AppFile = { path: '/a', content: 'one\n', mode: '444', owner: '0:0' }
  const key: AppFile = { path: '/key', content: Secret.around('k', 'key'), mode: '400', owner: '1000:0' }
  const listOf = (host: ScriptedHost): Record<string, string> =>
    JSON.parse(host.files.text('/opt/shop/files/list.json') ?? '{}') as Record<string, string>

  it('are in a folder that only root enters; a second run changes nothing', async () => {
    const host = new ScriptedHost(() => '')
    const first = await runAll(host, appFiles('shop', [config, key]))
    expect(first['files of shop']).toBe('/a new, /key new')
    host.files.set('/opt/shop/files', { content: '', mode: '700', owner: 'root:root', directory: true })
    const { '/a': a, '/key': k } = listOf(host)
    expect(host.commands).toEqual([
      'install -d -m 700 -o root -g root -- /opt/shop/files',
      `write /opt/shop/files/${a} 444 root:root`,
      `write /opt/shop/files/${k} 400 1000:root`,
      'write /opt/shop/files/list.json 600 root:root',
    ])
    expect(a).toMatch(/^[0-9a-f]{16}$/)
    expect(await runAll(host, appFiles('shop', [config, key]))).toEqual({
      'directory /opt/shop/files': null,
      'files of shop': null,
    })
  })

  it.each<[string, AppFile, string]>([
    ['another content', { ...config, content: 'two\n' }, '/a content'],
    ['another mode', { ...config, mode: '440' }, '/a mode 444 → 440'],
    ['another owner', { ...config, owner: '7:0' }, '/a owner 0:0 → 7:0'],
  ])('with %s are other files: those of the present containers stay', async (_, changed, summary) => {
    const host = new ScriptedHost(() => '')
    await runAll(host, appFiles('shop', [config]))
    const before = listOf(host)['/a'] ?? ''
    expect((await runAll(host, appFiles('shop', [changed])))['files of shop']).toBe(summary)
    expect(listOf(host)['/a']).not.toBe(before)
    expect(host.files.text(`/opt/shop/files/${before}`)).toBe('one\n')
  })

  it('that somebody changed by hand, or that left the inventory, are noticed', async () => {
    const host = new ScriptedHost(() => '')
    await runAll(host, appFiles('shop', [config, key]))
    host.files.write(`/opt/shop/files/${listOf(host)['/a']}`, 'by hand', {})
    expect((await runAll(host, appFiles('shop', [config])))['files of shop']).toBe('/a content, /key goes')
    expect(Object.keys(listOf(host))).toEqual(['/a'])
  })

  it('need nothing where there are none', () => expect(appFiles('shop', [])).toEqual([]))
})
