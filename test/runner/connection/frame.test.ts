import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { frame, FrameReader } from '../../../runner/connection/frame.ts'

const marker = 'feedfacefeedfacefeedfacefeedface'

/** Reads a stream in chunks of so many bytes. */
function read(bytes: Buffer, size: number): { frames: Buffer[]; ends: [number, number][] } {
  const frames: Buffer[] = []
  const ends: [number, number][] = []
  let current = Buffer.alloc(0)
  const reader = new FrameReader(
    marker,
    (chunk) => (current = Buffer.concat([current, chunk])),
    (id, status) => {
      ends.push([id, status])
      frames.push(current)
      current = Buffer.alloc(0)
    },
  )
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
  return { frames, ends }
}

const run = (...scripts: string[]): { stdout: Buffer; stderr: Buffer } => {
  const text = scripts.map((script, index) => frame(marker, index + 1, script)).join('')
  const { stdout, stderr } = spawnSync('/bin/sh', { input: text })
  return { stdout, stderr }
}

describe('frame over a real sh', () => {
  it.each([1, 2, 7, 33, 100_000])('gives each script its output and status, in chunks of %i bytes', (size) => {
    const { stdout, stderr } = run('echo one', 'printf two; exit 3', 'echo err >&2', 'if then', 'printf "\\0\\377"', 'cat')
    const out = read(stdout, size)
    expect(out.ends).toEqual([[1, 0], [2, 3], [3, 0], [4, 2], [5, 0], [6, 0]])
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
    const text = frame(marker, 1, 'sha256sum', input)
    expect(text).not.toContain(input.toString('latin1').slice(0, 50))
    const out = read(spawnSync('/bin/sh', { input: text }).stdout, 1000).frames[0]!.toString()
    expect(out).toBe(execFileSync('sha256sum', { input }).toString())
  })

  it('does not take the beginning of a marker for one', () => {
    const bytes = Buffer.from(`${marker.slice(0, 20)}x${marker}:1:0;`)
    expect(read(bytes, 3).frames[0]!.toString()).toBe(`${marker.slice(0, 20)}x`)
  })
})
