import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { localConnection } from '../../runner/connection/local.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { quote } from '../../runner/quote.ts'

// In CI the same cases each time: new cases are looked for where a person can look at what they find.
if (process.env.CI) fc.configureGlobal({ seed: 20_261_123 })

/** Any text that an argument can be: a C string ends at a NUL. */
const word = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '!', '%', '-', '~', '*', '(', ')', ';', '&', '|', 'a'),
    }),
  )
  .map((text) => Buffer.from(text.replaceAll('\0', '')).toString())
const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array))

describe('quoting', () => {
  it('hands any words to a shell as they are', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        const out = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`])
        expect(out.toString().split('\0').slice(0, -1)).toEqual(words)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a session', () => {
  const session = new Session('here', localConnection(), { method: 'none' })
  afterAll(() => session.close())

  it('carries any input and any scripts through a real shell, one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ input: bytes, status: fc.nat(255), words: fc.array(word, { maxLength: 4 }) }), {
          minLength: 1,
          maxLength: 5,
        }),
        async (commands) => {
          const all = await Promise.all(
            commands.map(async ({ input, status, words }) => {
              const [out, err]: Buffer[][] = [[], []]
              const ended = await session.run(`cat; printf '%s\\0' ${words.map(quote).join(' ')} >&2; exit ${status}`, {
                input,
                stdout: (chunk) => out!.push(Buffer.from(chunk)),
                stderr: (chunk) => err!.push(Buffer.from(chunk)),
              })
              return {
                input: Buffer.concat(out!).toString('hex'),
                status: ended,
                words: Buffer.concat(err!).toString(),
              }
            }),
          )
          expect(all).toEqual(
            commands.map(({ input, status, words }) => ({
              input: input.toString('hex'),
              status,
              words: words.length > 0 ? words.map((each) => `${each}\0`).join('') : '\0',
            })),
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})
