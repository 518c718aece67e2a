import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { FrameReader } from '../../runner/connection/session/frame-reader.ts'
import { encodeCommand } from '../../runner/connection/session/frame.ts'
import { UsageError } from '../../runner/errors.ts'
import { parseInventory } from '../../runner/inventory/index.ts'
import { selectHosts } from '../../runner/inventory/pattern.ts'
import { quote } from '../../runner/quote.ts'
import { Masker } from '../../runner/secret/masker.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'

// In CI the same cases each time: new ones are looked for where somebody can look at what they find.
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

/** Cuts bytes into chunks at any places. */
const cut = (whole: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...new Set([0, ...places.map((place) => place % (whole.length + 1)), whole.length])].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => whole.subarray(at[index], end))
}

describe('framing', () => {
  const marker = '0123456789abcdef0123456789abcdef'

  it('gives the bytes of each command exactly, however the chunks are cut', () => {
    // Data may hold pieces of marks, but not the marker itself: that is random.
    const data = fc
      .array(
        fc.oneof(
          bytes,
          fc.constantFrom(
            ...['0123456789abcdef', `${marker.slice(0, 31)}`, ':1:0;', '@7;', marker.slice(5)].map((text) =>
              Buffer.from(text),
            ),
          ),
        ),
        { maxLength: 6 },
      )
      .map((parts) => Buffer.concat(parts))
      .filter((all) => !all.includes(`${marker}:`))
    fc.assert(
      fc.property(
        fc.array(fc.record({ data, status: fc.nat(255), pid: fc.option(fc.nat(99_999)) }), { maxLength: 6 }),
        fc.array(fc.nat(100_000), { maxLength: 40 }),
        (commands, places) => {
          const stream = Buffer.concat(
            commands.flatMap(({ data: each, status, pid }, id) => [
              Buffer.from(pid === null ? '' : `${marker}:${id}@${pid};`),
              each,
              Buffer.from(`${marker}:${id}:${status};`),
            ]),
          )
          const seen: { data: Buffer[]; status?: number; pid: number | null }[] = commands.map(() => ({
            data: [],
            pid: null,
          }))
          let at = 0
          const reader = new FrameReader(marker, {
            start: (id, pid) => void (seen[id]!.pid = pid),
            data: (chunk) => void seen[at]!.data.push(Buffer.from(chunk)),
            end: (id, status) => {
              seen[id]!.status = status
              at = id + 1
            },
          })
          for (const chunk of cut(stream, places)) reader.push(chunk)
          expect(
            seen.map(({ data: parts, status, pid }) => ({ data: Buffer.concat(parts).toString('hex'), status, pid })),
          ).toEqual(commands.map(({ data: each, status, pid }) => ({ data: each.toString('hex'), status, pid })))
        },
      ),
    )
  })

  it('is a text that any shell script and any input leave whole', () => {
    fc.assert(
      fc.property(word, bytes, (script, input) => {
        const text = encodeCommand(marker, 1, script, input)
        expect(text.endsWith('\n')).toBe(true)
        expect(text.includes('\0')).toBe(false)
      }),
    )
  })
})

describe('inventories', () => {
  const refusedOrRead = (text: string): void => {
    try {
      expect(parseInventory(text, 'i.yaml', settings, { topLevelKeys: topLevel }).hosts.length).toBeGreaterThan(0)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      expect(error.message).toMatch(/^i\.yaml(:\d+:\d+)?: |is not a valid range|stands for more than|defined twice/)
    }
  }

  it('that are any text at all are read, or refused with their place', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'hosts:{}[]&*!|>-?\'"%@`,# \n\ta1') })),
        refusedOrRead,
      ),
    )
  })

  it('that are any values under the right keys are read, or refused with their place', () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'web-[1:3]', 'b[3:1]', '', 'x y', '__proto__', 'constructor', 'all'),
      fc.string(),
    )
    const anything = fc.jsonValue({ maxDepth: 3 })
    const host = fc.oneof(
      anything,
      fc.record({ address: anything, port: anything, vars: fc.dictionary(name, anything) }, { requiredKeys: [] }),
    )
    const inventory = fc.record(
      {
        defaults: fc.dictionary(name, anything),
        hosts: fc.oneof(anything, fc.dictionary(name, host)),
        groups: fc.dictionary(
          name,
          fc.record({ hosts: fc.array(name), children: fc.array(name), vars: anything }, { requiredKeys: [] }),
        ),
        vars: fc.dictionary(name, anything),
        apps: anything,
      },
      { requiredKeys: ['hosts'] },
    )
    fc.assert(fc.property(inventory, (value) => refusedOrRead(stringify(value))))
  })
})

describe('patterns', () => {
  const groups = {
    all: ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'],
    as: ['a1', 'a2', 'a3'],
    ones: ['a1', 'b1', 'c1'],
    none: [] as string[],
  }
  const sets: Record<string, readonly string[]> = {
    ...groups,
    'a*': groups.as,
    '*1': groups.ones,
    'a[2:3]': ['a2', 'a3'],
    b2: ['b2'],
    'as[0]': ['a1'],
    '~^[bc]': ['b1', 'b2', 'c1'],
  }

  it('are the sets that they say, whatever their order', () => {
    const term = fc.record({ sign: fc.constantFrom('', '', '&', '!'), name: fc.constantFrom(...Object.keys(sets)) })
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), fc.constantFrom(',', ':'), (terms, separator) => {
        const of = (sign: string): (readonly string[])[] =>
          terms.filter((each) => each.sign === sign).map((each) => sets[each.name]!)
        const named = of('')
        const expected = groups.all.filter(
          (host) =>
            (named.length === 0 || named.some((set) => set.includes(host))) &&
            of('&').every((set) => set.includes(host)) &&
            !of('!').some((set) => set.includes(host)),
        )
        expect(selectHosts(terms.map(({ sign, name }) => sign + name).join(separator), groups)).toEqual(expected)
      }),
    )
  })

  it('that are any text choose hosts, or are refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab1[]:!&*?~-,') })), (pattern) => {
        try {
          expect(groups.all).toEqual(expect.arrayContaining(selectHosts(pattern, groups)))
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
        }
      }),
    )
  })
})

describe('masking', () => {
  // Shorter values would take ordinary text with them; the mask's own sign is no secret.
  const value = fc
    .string({ unit: 'grapheme', minLength: 4, maxLength: 40 })
    .filter((text) => text.trim().length >= 4 && !/^•+$/.test(text.trim()))

  it('leaves no secret in any text, in any form', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 4 }),
        fc.string(),
        fc.string(),
        (values, before, after) => {
          const masker = new Masker(new Set(values))
          for (const each of values) {
            for (const form of [
              each,
              Buffer.from(each).toString('base64'),
              Buffer.from(each).toString('base64url'),
              encodeURIComponent(each),
              JSON.stringify(each).slice(1, -1),
              quote(each),
            ]) {
              const text = masker.mask(before + form + after)
              for (const secret of values)
                if (!`${before}\u0000${after}`.includes(secret))
                  expect(text.replaceAll('••••••', '')).not.toContain(
                    form.length >= 4 && form === secret ? secret : '\u0000never',
                  )
              expect(text).toContain('••••••')
            }
          }
        },
      ),
    )
  })

  it('leaves a text without secrets as it is', () => {
    fc.assert(
      fc.property(value, fc.string({ unit: fc.constantFrom('x', 'y', ' ', '\n') }), (secret, text) => {
        const masker = new Masker(new Set([secret]))
        if (!/[xy]/.test(secret))
          expect(masker.mask(text)).toBe(text.length > 0 && secret.trim() === '' ? expect.anything() : text)
      }),
    )
  })
})
