import { describe, expect, it } from 'vitest'
import { CommandError, UnreachableError } from '../../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../../runner/task/kit.ts'
import type { ImageArchive } from '../../../../tasks/docker/transfer/archive.ts'
import { sentNote } from '../../../../tasks/docker/transfer/from-docker.ts'
import { sendImage } from '../../../../tasks/docker/transfer/send-image.ts'

/** An image of three layers of 100 bytes each. */
const image: ImageArchive = {
  id: 'sha256:1',
  diffIds: ['a', 'b', 'c'],
  without: (layers) => ({
    key: `without-${layers}`,
    size: 300 - layers * 100,
    from: async function* (offset) {
      yield Buffer.alloc(300 - layers * 100 - offset)
    },
  }),
}

interface Fed {
  script: string
  bytes: number
}

/** A host with some layers and some bytes of an earlier attempt; each feed ends as the list says. */
class Receiver extends ScriptedHost {
  readonly fed: Fed[] = []
  readonly #ends: (Error | null)[]
  constructor(layers: string[], sizes: number[], ends: (Error | null)[] = []) {
    super((command): ScriptedOutput => {
      if (command.startsWith('case')) return JSON.stringify(layers)
      return command.startsWith('install') ? `${sizes.shift() ?? 0}\n` : ''
    })
    this.#ends = ends
  }
  override async feed(script: string, data?: AsyncIterable<Buffer>): Promise<never> {
    let bytes = 0
    for await (const chunk of data ?? []) bytes += chunk.length
    this.fed.push({ script, bytes })
    const end = this.#ends.shift()
    if (end) throw end
    return '' as never
  }
}

const failed = (output: string): CommandError => new CommandError('docker load', { host: 'x', exitCode: 1, output })
const send = (host: Receiver): ReturnType<typeof sendImage> => sendImage(host, image, '/opt/shop/incoming')

describe('an image', () => {
  it('is sent without the layers that the host has', async () => {
    const host = new Receiver(['a', 'b', 'x'], [0])
    expect(await send(host)).toMatchObject({
      layers: { sent: 1, all: 3 },
      bytes: { sent: 100, before: 0, all: 300 },
    })
    expect(host.fed).toMatchObject([{ bytes: 100 }])
    expect(host.fed[0]?.script).toMatchInlineSnapshot(`
      "file=/opt/shop/incoming/without-2.tar
      : >"$file"
      { sh -c 'echo $$ >"$0.pid"; exec tee -a -- "$0"' "$file"; } | docker load --quiet"
    `)
    expect(host.commands.at(-1)).toBe('rm -f -- /opt/shop/incoming/without-2.tar /opt/shop/incoming/without-2.tar.pid')
  })

  it.each([
    [60, 240],
    [300, 0],
  ])('goes on where an attempt was cut off: after %i bytes', async (before, bytes) => {
    const host = new Receiver([], [before])
    expect((await send(host)).bytes).toEqual({ sent: bytes, before, all: 300 })
    expect(host.fed).toMatchObject([{ bytes }])
    expect(host.fed[0]?.script).toContain(`= ${before} ]`)
  })

  it('begins anew if what was there is not of it', async () => {
    const tooLong = new Receiver([], [301])
    expect((await send(tooLong)).bytes).toEqual({ sent: 300, before: 0, all: 300 })
    const damaged = new Receiver([], [60, 0], [failed('invalid diffID')])
    expect((await send(damaged)).bytes).toEqual({ sent: 300, before: 0, all: 300 })
    expect(damaged.fed.map(({ bytes }) => bytes)).toEqual([240, 300])
    expect(damaged.commands).toContain('rm -f -- /opt/shop/incoming/without-0.tar')
  })

  it('keeps what has arrived when the connection is lost', async () => {
    const host = new Receiver([], [0], [new UnreachableError('lost')])
    await expect(send(host)).rejects.toThrow('lost')
    expect(host.commands.filter((command) => command.startsWith('rm'))).toEqual([])
  })

  it.each([
    ['write /layer.tar: no space left on device', 'the disk is full'],
    ['what?', 'Docker on the host did not take the image'],
  ])('that Docker does not take: %s', async (output, message) => {
    await expect(send(new Receiver([], [0], [failed(output)]))).rejects.toMatchObject({
      message,
      hint: expect.stringContaining('The running release is untouched.') as string,
    })
  })
})

it('what a transfer took is said', () => {
  const sent = { layers: { sent: 1, all: 7 }, bytes: { sent: 5_000_000, before: 0, all: 310_000_000 }, seconds: 0.5 }
  expect(sentNote(sent)).toBe('1 of 7 layers sent: 5.0 MB of 310.0 MB, in 0.5 s (10.0 MB/s)')
  expect(sentNote({ ...sent, bytes: { ...sent.bytes, before: 9_000_000 } })).toBe(
    '1 of 7 layers sent: 5.0 MB of 310.0 MB, 9.0 MB were there from an attempt that was cut off, in 0.5 s (10.0 MB/s)',
  )
})
