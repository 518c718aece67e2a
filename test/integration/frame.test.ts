import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { FrameReader } from '../../runner/connection/session/frame-reader.ts'
import { encodeCommand } from '../../runner/connection/session/frame.ts'

const marker = 'feedfacefeedfacefeedfacefeedface'

/** Reads a stream in chunks of so many bytes. */
function read(bytes: Buffer, size: number): { frames: Buffer[]; ends: [number, number][]; pids: [number, number][] } {
  const pids: [number, number][] = []
  const frames: Buffer[] = []
  const ends: [number, number][] = []
  let current = Buffer.alloc(0)
  const reader = new FrameReader(marker, {
    start: (id, pid) => pids.push([id, pid]),
    data: (chunk) => (current = Buffer.concat([current, chunk])),
    end: (id, status) => {
      ends.push([id, status])
      frames.push(current)
      current = Buffer.alloc(0)
    },
  })
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
  return { frames, ends, pids }
}

const run = (...scripts: string[]): { stdout: Buffer; stderr: Buffer } => {
  const text = scripts.map((script, index) => encodeCommand(marker, index + 1, script)).join('')
  const { stdout, stderr } = spawnSync('/bin/sh', { input: text })
  return { stdout, stderr }
}

describe('frame over a real sh', () => {
  it.each([1, 2, 7, 33, 100_000])('gives each script its output and status, in chunks of %i bytes', (size) => {
    const { stdout, stderr } = run(
      'echo one',
      'printf two; exit 3',
      'echo err >&2',
      'if then',
      'printf "\\0\\377"',
      'cat',
    )
    const out = read(stdout, size)
    expect(out.ends).toEqual([
      [1, 0],
      [2, 3],
      [3, 0],
      [4, 2],
      [5, 0],
      [6, 0],
    ])
    expect(out.frames.map((each) => each.toString('latin1'))).toEqual(['one\n', 'two', '', '', '\0\xff', ''])
    const err = read(stderr, size)
    expect(err.frames[2]!.toString()).toBe('err\n')
    expect(err.frames[3]!.toString()).toMatch(/[Ss]yntax error/)
  })

  it('keeps one script from the next: variables, directory, options, exit', () => {
    const { stdout } = run('set -eu; x=1; cd /; exit 0', 'echo "${x-unset} $(pwd)"')
    expect(read(stdout, 1000).frames[1]!.toString()).toBe(`unset ${process.cwd()}\n`)
  })

  it('carries input byte for byte, and in no argument list', () => {
    const input = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    const text = encodeCommand(marker, 1, 'sha256sum', input)
    expect(text).not.toContain(input.toString('latin1').slice(0, 50))
    const out = read(spawnSync('/bin/sh', { input: text }).stdout, 1000).frames[0]!.toString()
    expect(out).toBe(execFileSync('sha256sum', { input }).toString())
  })

  it('names the process of each frame, which is what an abort ends', () => {
    const { pids, frames } = read(run('true', 'read -r pid rest </proc/self/stat; echo "$pid"').stdout, 5)
    expect(pids.map(([id]) => id)).toEqual([1, 2])
    expect(frames[1]!.toString()).toBe(`${pids[1]![1]}\n`)
  })

  it('runs nothing of a frame with input that was cut off: a link that breaks leaves no half-written file', () => {
    const text = encodeCommand(marker, 1, 'cat; echo ran >&2', Buffer.from('x'.repeat(50_000)))
    for (const length of [text.length - 1, text.indexOf("printf '%s:1:") - 1, text.length / 2, 300]) {
      const { stdout, stderr } = spawnSync('/bin/sh', { input: text.slice(0, length) })
      if (stderr.includes('ran')) expect(stdout.includes('x'.repeat(50_000))).toBe(true)
    }
    expect(spawnSync('/bin/sh', { input: text.slice(0, text.length / 2) }).stdout.length).toBe(0)
  })

  it('does not take the beginning of a marker for one', () => {
    const bytes = Buffer.from(`${marker.slice(0, 20)}x${marker}:1:0;`)
    expect(read(bytes, 3).frames[0]!.toString()).toBe(`${marker.slice(0, 20)}x`)
  })
})
