import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { selectHosts } from '../../../runner/inventory/pattern.ts'
import { expandRanges } from '../../../runner/inventory/range.ts'

const web = Array.from({ length: 12 }, (_, index) => `web-${String(index + 1).padStart(2, '0')}`)
const groups = {
  all: [...web, 'db-a', 'db-b'],
  web,
  db: ['db-a', 'db-b'],
  prod: ['web-01', 'web-02', 'web-03', 'db-a'],
}
const refused = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return explain(error).join('\n')
  }
  throw new Error('it was taken')
}

describe('host patterns', () => {
  it.each([
    ['web-01,db-a', 'web-01 db-a'],
    ['db:web-01', 'web-01 db-a db-b'],
    ['web:&prod:!web-03', 'web-01 web-02'],
    ['!web-03:&prod:web', 'web-01 web-02'],
    ['&prod', 'web-01 web-02 web-03 db-a'],
    ['!web', 'db-a db-b'],
    ['web-[03:05]', 'web-03 web-04 web-05'],
    ['web-[11:20]', 'web-11 web-12'],
    ['web-0?:!web-[01:08]', 'web-09'],
    ['d*', 'db-a db-b'],
    ['~^web-1\\d$', 'web-10 web-11 web-12'],
    ['web[0]', 'web-01'],
    ['web[-1]', 'web-12'],
    ['web[1:2],db', 'web-02 web-03 db-a db-b'],
    ['web[10:]', 'web-11 web-12'],
    ['all:!web', 'db-a db-b'],
    ['*:!web', 'db-a db-b'],
  ])('%s', (pattern, hosts) => {
    expect(selectHosts(pattern, groups).join(' ')).toBe(hosts)
  })

  it.each([
    ['wbe', "no host or group is called 'wbe'", "Did you mean 'web'?"],
    ['web:!db-[c:f]', "no host or group is called 'db-[c:f]'", ''],
    ['x*', "no host or group matches 'x*'", ''],
    ['~(', "'~(' is not a valid regular expression", ''],
    ['~eb-1', "no host or group matches '~eb-1'", ''],
    ['web[12]', "'web[12]' selects no host: the group has 12 hosts, counted from 0", ''],
    [' , ', 'the host pattern is empty', ''],
  ])('refuses %s', (pattern, message, hint) => {
    const said = refused(() => selectHosts(pattern, groups))
    expect(said).toContain(message)
    expect(said).toContain(hint)
  })
})

describe('ranges', () => {
  it.each([
    ['web-1', 'web-1'],
    ['web-[01:03]', 'web-01 web-02 web-03'],
    ['web-[8:11]', 'web-8 web-9 web-10 web-11'],
    ['db-[a:c].example', 'db-a.example db-b.example db-c.example'],
    ['x[0:6:3]', 'x0 x3 x6'],
    ['[1:2]-[a:b]', '1-a 1-b 2-a 2-b'],
  ])('%s', (name, names) => {
    expect(expandRanges(name).join(' ')).toBe(names)
  })

  it.each(['a[]', 'a[1]', 'a[3:1]', 'a[1:x]', 'a[1:9:0]', 'a[0:99999]', 'a[0:999][0:999]'])('refuses %s', (name) => {
    expect(refused(() => expandRanges(name))).toMatch(/is not a valid range|stands for more than/)
  })

  it('stand for each number once, in order, as wide as the first', () => {
    fc.assert(
      fc.property(fc.nat(900), fc.nat(90), fc.integer({ min: 1, max: 5 }), (low, more, width) => {
        const first = String(low).padStart(width, '0')
        const names = expandRanges(`n[${first}:${low + more}]`)
        expect(names).toHaveLength(more + 1)
        expect(names.map((name) => Number(name.slice(1)))).toEqual(
          Array.from({ length: more + 1 }, (_, index) => low + index),
        )
        expect(names[0]).toBe(`n${first}`)
      }),
    )
  })
})
