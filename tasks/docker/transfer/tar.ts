import type { FileHandle } from 'node:fs/promises'

/** One file of a tar file. Places and sizes are in bytes. */
export interface Entry {
  name: string
  /** What a link leads to. */
  link: string
  /** Where its header is, or the first of those that belong to it. */
  start: number
  /** Where its content is. */
  data: number
  size: number
  /** Where the next entry begins. */
  next: number
  header: Buffer
}

const block = 512
const roundUp = (size: number): number => Math.ceil(size / block) * block

/** A text that ends with a NUL or with its field. */
const text = (header: Buffer, start: number, length: number): string =>
  header
    .subarray(start, start + length)
    .toString()
    .replace(/\0[^]*$/, '')

/** A number: octal digits or, for large ones, bytes after a first one of 0x80. */
function number(header: Buffer, start: number, length: number): number {
  if (((header[start] ?? 0) & 0x80) === 0) return Number.parseInt(text(header, start, length).trim() || '0', 8)
  return Number(BigInt(`0x${header.subarray(start + 1, start + length).toString('hex')}`))
}

/** The records `LENGTH KEY=VALUE` of an extended header. */
const records = (content: string): Record<string, string> =>
  Object.fromEntries([...content.matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g)].map(([, key = '', value = '']) => [key, value]))

/** What the headers before an entry say of it, in place of its own. */
interface Extended {
  name?: string
  link?: string
  size?: number
}

async function extended(file: FileHandle, type: string, data: number, size: number): Promise<Extended> {
  const { buffer } = await file.read(Buffer.alloc(size), 0, size, data)
  const content = buffer.toString()
  if (type === 'L') return { name: content.replace(/\0[^]*$/, '') }
  if (type === 'K') return { link: content.replace(/\0[^]*$/, '') }
  if (type !== 'x') return {}
  const { path, linkpath, size: real } = records(content)
  return {
    ...(path !== undefined && { name: path }),
    ...(linkpath !== undefined && { link: linkpath }),
    ...(real !== undefined && { size: Number(real) }),
  }
}

/** The entries of a tar file, in their order. Only headers are read. */
export async function readEntries(file: FileHandle): Promise<Entry[]> {
  const entries: Entry[] = []
  let known: Extended = {}
  let start = 0
  for (let at = 0; ;) {
    const { buffer: header, bytesRead } = await file.read(Buffer.alloc(block), 0, block, at)
    if (bytesRead < block || header.every((byte) => byte === 0)) return entries
    const type = String.fromCharCode(header[156] ?? 0)
    const size = known.size ?? number(header, 124, 12)
    const data = at + block
    const next = data + roundUp(size)
    if ('xgLK'.includes(type)) {
      known = { ...known, ...(await extended(file, type, data, size)) }
    } else {
      const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : ''
      const name = known.name ?? [prefix, text(header, 0, 100)].filter(Boolean).join('/')
      entries.push({ name, link: known.link ?? text(header, 157, 100), start, data, size, next, header })
      known = {}
      start = next
    }
    at = next
  }
}
