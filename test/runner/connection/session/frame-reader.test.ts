import { describe, expect, it } from 'vitest'
import { FrameReader } from '../../../../runner/connection/session/frame-reader.ts'

const marker = 'feedface'

/** What a text that comes in some pieces tells; data that comes together is joined. */
function read(...chunks: string[]): unknown[] {
  const events: unknown[] = []
  let text = ''
  const flush = (): void => {
    if (text) events.push(text)
    text = ''
  }
  const reader = new FrameReader(marker, {
    start: (...args) => (flush(), events.push(['start', ...args])),
    data: (bytes) => {
      expect(bytes.length).toBeGreaterThan(0)
      text += bytes.toString('latin1')
    },
    end: (...args) => (flush(), events.push(['end', ...args])),
  })
  for (const chunk of chunks) reader.push(Buffer.from(chunk, 'latin1'))
  flush()
  return events
}

describe('a stream of a framed shell', () => {
  const text = 'login\nfeedface:0@12 345;feedface:0:0;feedface:1@13;one\xff;feedface:1:3;feedfacX;feedface:2;rest'
  const events = [
    'login\n',
    ['start', 0, 12, '345'],
    ['end', 0, 0],
    ['start', 1, 13, undefined],
    'one\xff;',
    ['end', 1, 3],
    'feedfacX;',
    ['end', 2, 0],
    'rest',
  ]

  it.each([1, 2, 3, 5, 9, 10, 1000])('is read in chunks of %i bytes', (size) => {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      text.slice(index * size, (index + 1) * size),
    )
    expect(read(...chunks)).toEqual(events)
  })

  it('hands on at once what cannot be a marker, and keeps what may be one', () => {
    expect(read('abc')).toEqual(['abc'])
    expect(read('abcfeed')).toEqual(['abc'])
    expect(read('feedface')).toEqual([])
    expect(read('feedface:1')).toEqual([])
    expect(read('abcfeedface:1')).toEqual(['abc'])
    expect(read('feedfeed')).toEqual(['feed'])
    expect(read('feed', 'x')).toEqual(['feedx'])
  })
})
