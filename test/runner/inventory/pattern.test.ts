import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { selectHosts } from '../../../runner/inventory/pattern.ts'

const web = Array.from({ length: 12 }, (_, index) => `web-${String(index + 1).padStart(2, '0')}`)
const groups = {
  all: [...web, 'db-a', 'db-b'],
  web,
  db: ['db-a', 'db-b'],
  prod: ['web-01', 'web-02', 'web-03', 'db-a'],
}
const refused = (pattern: string): string[] => {
  try {
    selectHosts(pattern, groups)
  } catch (error) {
    return explain(error)
  }
  throw new Error('the pattern was taken')
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
    ['& prod , web', 'web-01 web-02 web-03'],
    ['web[:1]', 'web-01 web-02'],
    ['web[-2:]', 'web-11 web-12'],
    ['web[-2:-1]', 'web-11 web-12'],
    ['web[-20:0]', 'web-01'],
    ['db?a', 'db-a'],
    ['~db', 'db-a db-b'],
    ['~p|d', 'web-01 web-02 web-03 db-a db-b'],
  ])('%s', (pattern, hosts) => {
    expect(selectHosts(pattern, groups).join(' ')).toBe(hosts)
  })

  const names = `There are: all, web, db, prod, ${[...web, 'db-a', 'db-b'].join(', ')}.`
  it.each([
    ['wbe', ["no host or group is called 'wbe'", `Did you mean 'web'? ${names}`]],
    ['web:!db-[c:f]', ["no host or group is called 'db-[c:f]'", names]],
    ['nothing-alike', ["no host or group is called 'nothing-alike'", names]],
    ['&x*', ["no host or group matches 'x*'", names]],
    ['web-[', ["no host or group is called 'web-['", `Did you mean 'web'? ${names}`]],
    ['none[0]', ["'[0]' in 'none[0]' is not a valid range", 'A range is [01:20], [a:f], or with a step [0:10:2].']],
    ['~eb-1', ["no host or group matches '~eb-1'", `Did you mean 'web-01'? ${names}`]],
    ['web[12]', ["'web[12]' selects no host: the group has 12 hosts, counted from 0"]],
    ['web[3:2]', ["'web[3:2]' selects no host: the group has 12 hosts, counted from 0"]],
    [
      'web[]',
      ["'web[]' has no position between its brackets", 'A position in a group is [0] or [-1]; several are [0:2].'],
    ],
    [' , ', ['the host pattern is empty']],
  ])('%s is refused', (pattern, lines) => expect(refused(pattern)).toEqual(lines))

  it('a regular expression that is not valid is refused', () => {
    expect(refused('~(')[0]).toBe("'~(' is not a valid regular expression")
  })
})
