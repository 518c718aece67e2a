import { describe, expect, it } from 'vitest'
import { PullProgress, pulledText, pullSummary } from '../../../tasks/docker/pull-progress.ts'

/** What Docker 26 writes over an earlier line. */
const over = (text: string): string => `\u001b[1A\u001b[2K\r${text}\r\u001b[1B`

function reading(...writes: string[]): { progress: PullProgress; said: (string | null)[] } {
  const progress = new PullProgress()
  const pieces = writes.flatMap((write) => write.split(/[\r\n]/))
  return { progress, said: pieces.map((piece) => progress.read(piece)).filter((text) => text !== null && text !== '') }
}

describe('what docker pull writes to a terminal', () => {
  it('says how many bytes have come, of those that are known', () => {
    const { progress, said } = reading(
      'registry.lab:5000/shop@sha256:12: Pulling from shop',
      '0123456789ab: Pulling fs layer',
      'aaaaaaaaaaaa: Pulling fs layer',
      'bbbbbbbbbbbb: Waiting',
      'cccccccccccc: Already exists',
      over('0123456789ab: Downloading [==>                ]  1.049MB/30.2MB'),
      over('aaaaaaaaaaaa: Downloading     500kB/1.5MB'),
    )
    expect(progress.pulled).toEqual({ bytes: 1_549_000, total: 31_700_000, open: true })
    expect(said).toEqual(['registry.lab:5000/shop@sha256:12: Pulling from shop'])
  })

  it('counts a layer that is verified or unpacked as a whole, also a small one that never said its size', () => {
    const { progress } = reading(
      '0123456789ab: Downloading [=> ]  1MB/3MB',
      over('0123456789ab: Verifying Checksum'),
      over('0123456789ab: Extracting [==> ]  98.3kB/3MB'),
      'aaaaaaaaaaaa: Download complete',
      'bbbbbbbbbbbb: Pull complete',
    )
    expect(progress.pulled).toEqual({ bytes: 3e6, total: 3e6, open: false })
  })

  it('begins a layer anew that is tried again', () => {
    const { progress } = reading('0123456789ab: Downloading  2MB/3MB', over('0123456789ab: Retrying in 5 seconds'))
    expect(progress.pulled).toEqual({ bytes: 0, total: 3e6, open: false })
  })
})

describe('the progress of a pull', () => {
  it.each([
    [{ bytes: 0, total: 0, open: true }, 'waiting for the registry'],
    [{ bytes: 41e6, total: 96e6, open: false }, '[████░░░░░░] 41/96 MB, 20.5 MB/s'],
    [{ bytes: 4.14e6, total: 96e6, open: true }, '[░░░░░░░░░░] 4.1/96+ MB, 2.1 MB/s'],
    [{ bytes: 96e6, total: 96e6, open: false }, '[██████████] 96 MB, unpacking'],
  ])('%j is shown with its rate', (pulled, text) => {
    expect(pulledText(pulled, 2_000)).toBe(text)
  })

  it('ends with what came, and how fast', () => {
    expect(pullSummary({ bytes: 96e6, total: 96e6, open: false }, 8_000)).toBe('96 MB in 8.0 s, 12.0 MB/s')
  })
})
