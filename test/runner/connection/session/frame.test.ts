import { describe, expect, it } from 'vitest'
import { encodeCommand, framedShell } from '../../../../runner/connection/session/frame.ts'

describe('a command for a framed shell', () => {
  it('without input reads nothing', () => {
    expect(encodeCommand('MARK', 7, "echo 'a'")).toMatchInlineSnapshot(`
      "( { read -r cutover_pid cutover_rest </proc/self/stat; } 2>/dev/null && printf '%s:7@%s;' MARK "$cutover_pid"; eval 'echo '\\''a'\\''' ) </dev/null
      printf '%s:7:%d;' MARK "$?"
      printf '%s:7;' MARK >&2
      "
    `)
  })

  it('with input reads it from a here-document', () => {
    expect(encodeCommand('MARK', 7, 'cat', Buffer.from('hello'))).toMatchInlineSnapshot(`
      "{ base64 -d <<'MARK' | ( { read -r cutover_pid cutover_rest </proc/self/stat; } 2>/dev/null && printf '%s:7@%s;' MARK "$cutover_pid"; eval cat )
      aGVsbG8=
      MARK
      }
      printf '%s:7:%d;' MARK "$?"
      printf '%s:7;' MARK >&2
      "
    `)
  })

  it('has its input in lines of 4096 characters', () => {
    const lines = encodeCommand('MARK', 1, 'cat', Buffer.alloc(6000)).split('\n')
    expect(lines.slice(0, 5).map((line) => line.length)).toEqual([lines[0]!.length, 4096, 3904, 4, 1])
  })
})

it('a framed shell says who it is before it reads', () => {
  expect(framedShell('MARK')).toMatchInlineSnapshot(
    `"sh -c '{ read -r stat </proc/self/stat && set -- \${stat##*) } && printf "%s:0@%s %s;" MARK "$$" "\${20}"; } 2>/dev/null; printf "%s:%d:0;" MARK 0; printf "%s:0;" MARK >&2; exec sh'"`,
  )
})
