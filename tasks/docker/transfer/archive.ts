import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { posix } from 'node:path'
import { CutoverError } from '../../../runner/index.ts'
import { type Entry, readEntries } from './tar.ts'

/** An image as `docker save` writes it: a tar file. */
export interface ImageArchive {
  /** The digest of its configuration, which is its id for Docker: sha256:… */
  id: string
  /** The digests of its layers' contents, the lowest first. */
  diffIds: readonly string[]
  /** What a host gets that has the lowest layers already. */
  without(layers: number): PartialArchive
}

/** An image's archive, without the layers that a host has: Docker reads only those that it does not know. */
export interface PartialArchive {
  /** The same for the same bytes: a transfer that was cut off is resumed only with those. */
  key: string
  /** Bytes. */
  size: number
  /** Its bytes from one on. */
  from(offset: number): AsyncIterable<Buffer>
}

/** What manifest.json says of an image. */
interface Manifest {
  Config: string
  Layers: string[]
}

/** Reads what is in the archive of one image. @throws CutoverError for an archive that is not understood */
export async function readArchive(path: string): Promise<ImageArchive> {
  const file = await open(path)
  try {
    const entries = await readEntries(file)
    const [manifest, ...others] = JSON.parse(await textOf(file, entries, 'manifest.json')) as Manifest[]
    if (!manifest || others.length > 0) throw new CutoverError(`${path} does not have exactly one image`)
    const config = await textOf(file, entries, manifest.Config)
    const { rootfs } = JSON.parse(config) as { rootfs: { diff_ids: string[] } }
    return {
      id: `sha256:${createHash('sha256').update(config).digest('hex')}`,
      diffIds: rootfs.diff_ids,
      without: (layers) => partial(path, entries, manifest.Layers.slice(0, layers), manifest.Layers.slice(layers)),
    }
  } finally {
    await file.close()
  }
}

async function textOf(file: FileHandle, entries: readonly Entry[], name: string): Promise<string> {
  const entry = entries.find((each) => each.name === name)
  if (!entry)
    throw new CutoverError(`the image’s archive has no ${name}`, { hint: 'Is that docker’s own `docker save`?' })
  const { buffer } = await file.read(Buffer.alloc(entry.size), 0, entry.size, entry.data)
  return buffer.toString()
}

/** The end of a tar file. */
const end = Buffer.alloc(1024)

/** @param left the layers that stay away, unless a link of one that is sent leads to them */
function partial(
  path: string,
  entries: readonly Entry[],
  left: readonly string[],
  sent: readonly string[],
): PartialArchive {
  const needed = new Set(sent)
  // An old docker save has each content once, and links in the places of the others.
  for (const { name, link } of entries) if (needed.has(name) && link) needed.add(posix.join(posix.dirname(name), link))
  const away = new Set(left.filter((name) => !needed.has(name)))
  const kept = entries.filter(({ name }) => !away.has(name))
  const key = createHash('sha256')
  for (const { header } of kept) key.update(header)
  const size = kept.reduce((sum, { start, next }) => sum + next - start, end.length)
  return { key: key.digest('hex').slice(0, 12), size, from: (offset) => bytesFrom(path, kept, offset) }
}

/** The bytes of some entries of a file, and the end of a tar file, from an offset on. */
async function* bytesFrom(path: string, entries: readonly Entry[], offset: number): AsyncGenerator<Buffer> {
  let at = 0
  for (const { start, next } of entries) {
    const skipped = Math.max(0, offset - at)
    at += next - start
    if (skipped < next - start)
      yield* createReadStream(path, {
        start: start + skipped,
        end: next - 1,
        highWaterMark: 1 << 18,
      }) as AsyncIterable<Buffer>
  }
  yield end.subarray(Math.max(0, offset - at))
}
