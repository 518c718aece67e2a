import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { UsageError } from '../../runner/errors.ts'
import { readUtf8, utf8 } from '../../runner/utf8.ts'

const file = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'x')

it('bytes in UTF-8 are a text', () => {
  expect(utf8(Buffer.from('ü€😀'), 'x')).toBe('ü€😀')
  writeFileSync(file, 'ü')
  expect(readUtf8(file)).toBe('ü')
})

it('other bytes are refused, with the way to convert them', () => {
  const latin = Buffer.from([0x61, 0xfc])
  writeFileSync(file, latin)
  expect(() => utf8(latin, 'its output')).toThrow(UsageError)
  expect(() => readUtf8(file)).toThrow(
    expect.objectContaining({
      message: `${file} is not valid UTF-8 text`,
      hint: 'Convert it (iconv -f LATIN1 -t UTF-8), or encode binary data in base64 and decode it in the app.',
    }) as Error,
  )
})
