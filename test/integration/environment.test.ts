import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { environmentFiles } from '../../tasks/app/environment.ts'

const pem = '-----BEGIN KEY-----\nMIIEvQ+/=\n  $(id) `id` "q" \'s\' \\n #\n-----END KEY-----\n'

it.each([
  ['several lines', pem],
  ['CR at the end', 'x\r'],
  ['only a line’s end', '\n'],
  ['70 KiB', 'ü'.repeat(35_000)],
  ['a blank line first', '\n\n x'],
])('a shell that sources an app’s exports has %s exactly', (_, value) => {
  const { shell } = environmentFiles('shop', { BEFORE: 'a', KEY: value, AFTER: 'b' })
  const path = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'app.env.sh')
  writeFileSync(path, shell.reveal())
  const output = execFileSync('sh', ['-euc', '. "$1"; exec env -0', 'sh', path], { encoding: 'utf8', maxBuffer: 1e7 })
  expect(output.split('\0').find((each) => each.startsWith('KEY='))).toBe(`KEY=${value}`)
})
