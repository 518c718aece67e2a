import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readArchive } from '../../../../tasks/docker/transfer/archive.ts'
import { readEntries } from '../../../../tasks/docker/transfer/tar.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'archive-test-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** A header of a tar file and the content after it. */
function entry(
  name: string,
  content: string,
  { type = '0', link = '', size = Buffer.byteLength(content) } = {},
): Buffer {
  const header = Buffer.alloc(512)
  header.write(name.slice(0, 100), 0)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write(type, 156)
  header.write(link, 157)
  header.write('ustar\0', 257)
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (Buffer.byteLength(content) % 512)) % 512)])
}
const end = Buffer.alloc(1024)
const write = (...entries: Buffer[]): string => {
  const path = join(folder, 'image.tar')
  writeFileSync(path, Buffer.concat([...entries, end]))
  return path
}
const namesIn = async (bytes: Buffer): Promise<string[]> => {
  const path = join(folder, 'partial.tar')
  writeFileSync(path, bytes)
  const file = await open(path)
  const entries = await readEntries(file)
  await file.close()
  return entries.map(({ name }) => name)
}
const all = async (data: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of data) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const config = JSON.stringify({ rootfs: { diff_ids: ['sha256:a', 'sha256:b', 'sha256:a'] } })
const manifest = JSON.stringify([
  { Config: 'c.json', RepoTags: null, Layers: ['1/layer.tar', '2/layer.tar', '3/layer.tar'] },
])
/** As Docker 20.10 writes it: the third layer has the content of the first, and is a link. */
const image = (): string =>
  write(
    entry('1/', '', { type: '5' }),
    entry('1/layer.tar', 'first layer'.repeat(100)),
    entry('2/', '', { type: '5' }),
    entry('2/layer.tar', 'second'),
    entry('3/layer.tar', '', { type: '2', link: '../1/layer.tar' }),
    entry('c.json', config),
    entry('manifest.json', manifest),
  )

describe('the archive of an image', () => {
  it('tells its id and its layers', async () => {
    const { id, diffIds } = await readArchive(image())
    expect(id).toBe(`sha256:${createHash('sha256').update(config).digest('hex')}`)
    expect(diffIds).toEqual(['sha256:a', 'sha256:b', 'sha256:a'])
  })

  it.each([
    [0, ['1/', '1/layer.tar', '2/', '2/layer.tar', '3/layer.tar', 'c.json', 'manifest.json']],
    // The third is a link to the first.
    [1, ['1/', '1/layer.tar', '2/', '2/layer.tar', '3/layer.tar', 'c.json', 'manifest.json']],
    [2, ['1/', '1/layer.tar', '2/', '3/layer.tar', 'c.json', 'manifest.json']],
    [3, ['1/', '2/', 'c.json', 'manifest.json']],
  ])('without the lowest %i layers', async (layers, names) => {
    const { size, from } = (await readArchive(image())).without(layers)
    const bytes = await all(from(0))
    expect(await namesIn(bytes)).toEqual(names)
    expect(bytes.length).toBe(size)
  })

  it('is the same from any byte on', async () => {
    const { size, from } = (await readArchive(image())).without(2)
    const bytes = await all(from(0))
    for (const offset of [1, 511, 512, 513, 1100, size - 1025, size - 1024, size - 1, size])
      expect((await all(from(offset))).equals(bytes.subarray(offset)), String(offset)).toBe(true)
  })

  it('has a key that is the same for the same bytes', async () => {
    const [first, second] = [await readArchive(image()), await readArchive(image())]
    expect(first.without(2).key).toBe(second.without(2).key)
    expect(first.without(2).key).not.toBe(first.without(3).key)
  })

  it.each([
    ['has no manifest', [entry('c.json', config)], 'the image’s archive has no manifest.json'],
    ['has two images', [entry('manifest.json', '[{},{}]')], 'does not have exactly one image'],
  ])('that %s is refused', async (_, entries, message) => {
    await expect(readArchive(write(...entries))).rejects.toThrow(message)
  })
})

describe('a tar file', () => {
  it('may have long names, links and sizes in headers before an entry', async () => {
    const long = `${'x'.repeat(150)}/layer.tar`
    const record = (text: string): string => `${text.length + 3} ${text}\n`
    const path = write(
      entry('pax', record(`path=${long}`), { type: 'x' }),
      entry('short', 'one'),
      entry('././@LongLink', `${long}\0`, { type: 'L' }),
      entry('short', 'two'),
      entry('././@LongLink', 'far/away\0', { type: 'K' }),
      entry('link', '', { type: '2' }),
      entry('last', 'three'),
    )
    const file = await open(path)
    const entries = await readEntries(file)
    await file.close()
    expect(entries.map(({ name, link, size }) => [name, link, size])).toEqual([
      [long, '', 3],
      [long, '', 3],
      ['link', 'far/away', 0],
      ['last', '', 5],
    ])
    expect(entries[0]?.start).toBe(0)
    expect(entries[1]?.start).toBe(entries[0]?.next)
  })

  it('may have a size of more than 8 GB', async () => {
    const header = entry('large', '')
    header.fill(0, 124, 136)
    header[124] = 0x80
    header.writeBigUInt64BE(10_000_000_000n, 128)
    const file = await open(write(header))
    const [large] = await readEntries(file)
    await file.close()
    expect(large?.size).toBe(10_000_000_000)
  })
})
