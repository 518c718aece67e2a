import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MissingError } from '../../../runner/errors.ts'
import { Secret } from '../../../runner/secret/secret.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'

const bytes = Buffer.from([0xff, 0])
const scripted = (): ScriptedHost =>
  new ScriptedHost(
    {},
    {
      files: {
        '/a': { content: 'abc', mode: '600', owner: 'x:0' },
        '/bytes': bytes,
        '/folder': { directory: true },
        '/link': { target: 'a' },
        '/loop': { target: 'loop' },
      },
    },
  )

it('a scripted host says what is at a path', async () => {
  const { host } = scripted()
  expect(await host.stat('/a')).toEqual({ kind: 'file', mode: '600', owner: 'x:root', ids: 'x:0', size: 3 })
  expect(await host.stat('/folder', { digest: true })).toMatchObject({ kind: 'directory', mode: '755' })
  expect(await host.stat('/link', { digest: true })).toMatchObject({ kind: 'link', target: 'a' })
  expect(await host.stat('/link', { follow: true, digest: true })).toMatchObject({
    kind: 'file',
    digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  })
  expect([await host.stat('/none'), await host.stat('/loop', { follow: true })]).toEqual([null, null])
  expect(await host.file('/folder')).toBeNull()
})

it('it reads through links, and no bytes as a text', async () => {
  const { host } = scripted()
  expect(await host.read('/link')).toBe('abc')
  expect((await host.bytes('/bytes'))?.equals(bytes)).toBe(true)
  expect(await host.bytes('/none')).toBeNull()
  await expect(host.read('/bytes')).rejects.toThrow('/bytes is not valid UTF-8 text')
})

it('it writes as a host does', async () => {
  const { host, files } = scripted()
  await host.write('/a', 'new')
  await host.write('/bytes', new Secret('s', 's'))
  await host.write('/link', 'x', { owner: ':adm' })
  expect([files.get('/a'), files.get('/bytes'), files.get('/link')]).toEqual([
    { content: 'new', mode: '600', owner: 'x:root' },
    { content: 's', mode: '600', owner: 'root:root' },
    { content: 'x', mode: '644', owner: 'root:adm' },
  ])
  await expect(host.write('/folder', 'x')).rejects.toThrow('there is a folder at /folder')
  await expect(host.write('x', 'x')).rejects.toThrow('is not absolute')
})

it('it lets a file be fetched', async () => {
  const to = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'x')
  await scripted().host.fetch('/bytes', to)
  expect(readFileSync(to).equals(bytes)).toBe(true)
  await expect(scripted().host.fetch('/none', to)).rejects.toBeInstanceOf(MissingError)
})
