import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { OutputLines } from '../../../runner/host/output-lines.ts'

/** What comes of some chunks. */
function output(
  chunks: readonly (string | Buffer)[],
  mask?: (text: string) => string,
): { pieces: string[]; lines: string[]; tail: string } {
  const to = new PassThrough()
  const pieces: string[] = []
  to.write = ((chunk: Buffer) => pieces.push(chunk.toString()) > 0) as typeof to.write
  const lines: string[] = []
  const out = new OutputLines(to, { onLine: (line) => lines.push(line), mask })
  for (const chunk of chunks) out.push(Buffer.from(chunk as string))
  out.end()
  expect(to.writableEnded).toBe(true)
  return { pieces, lines, tail: out.tail }
}

describe('the output of a command', () => {
  it.each<[string, (string | Buffer)[], string[]]>([
    ['lines', ['a\nb\n'], ['a', 'b']],
    ['a line in two pieces', ['a', 'b\n'], ['ab']],
    ['a last line without its end', ['a\nb'], ['a', 'b']],
    ['lines that are drawn over one another', ['1 %\r2 %\r\n'], ['1 %', '2 %']],
    ['empty lines', ['a\n\n  \nb\n'], ['a', 'b']],
    ['nothing', [], []],
  ])('%s', (_, chunks, lines) => {
    expect(output(chunks)).toEqual({ pieces: chunks, lines, tail: chunks.join('') })
  })

  it('is passed on in whole characters, wherever it is cut', () => {
    for (const text of ['aü', 'a€', 'a😀', 'ü€😀z']) {
      const bytes = Buffer.from(text)
      for (let at = 1; at < bytes.length; at++) {
        const { pieces, lines } = output([bytes.subarray(0, at), bytes.subarray(at)])
        expect([pieces.join(''), lines]).toEqual([text, [text]])
      }
    }
  })

  it('that is not UTF-8 is passed on all the same', () => {
    expect(output([Buffer.from([0x61, 0xe2])]).pieces).toEqual(['a', '\ufffd'])
    expect(output([Buffer.from([0x80, 0x80, 0x80, 0x80])]).pieces).toHaveLength(1)
  })

  it('is masked in whole lines, before anybody gets them', () => {
    const { lines, tail } = output(['a sec', 'ret b\nx'], (text) => text.replaceAll('secret', '••'))
    expect([lines, tail]).toEqual([['a •• b', 'x'], 'a •• b\nx'])
  })

  it('is shown in pieces where a line is very long', () => {
    const half = 'x'.repeat(40_000)
    expect(output([half, half, 'y\n']).lines).toEqual([half + half, 'y'])
    expect(output(['x'.repeat(65_536), 'y']).lines).toEqual([`${'x'.repeat(65_536)}y`])
  })

  it('is kept for an error, the last 8000 characters of it', () => {
    expect(output([`a${'b'.repeat(8_000)}`]).tail).toBe('b'.repeat(8_000))
  })
})
