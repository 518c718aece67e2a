import { describe, expect, it } from 'vitest'
import { withKey } from '../../../../tasks/docker/engine/daemon-json.ts'

const path = '/etc/docker/daemon.json'
const on = (text: string): string => withKey(path, text, 'live-restore', true)
describe('a key in a daemon.json', () => {
  it.each([
    ['nothing', '', '{\n  "live-restore": true\n}\n'],
    ['an empty object', '{}\n', '{\n  "live-restore": true\n}\n'],
    [
      'two blanks',
      '{\n  "debug": false,\n  "log-opts": { "max-size": "10m" }\n}\n',
      '{\n  "debug": false,\n  "log-opts": { "max-size": "10m" },\n  "live-restore": true\n}\n',
    ],
    [
      'tabs, and no newline at the end',
      '{\n\t"bip": "10.1.0.1/24"\n}',
      '{\n\t"bip": "10.1.0.1/24",\n\t"live-restore": true\n}',
    ],
    ['one line', '{"bip": "10.1.0.1/24"}', '{"bip": "10.1.0.1/24", "live-restore": true}'],
    ['lines of Windows', '{\r\n  "debug": true\r\n}\r\n', '{\r\n  "debug": true,\r\n  "live-restore": true\r\n}\r\n'],
    [
      'false becomes true in its place',
      '{\n  "live-restore" : false,\n  "debug": true\n}\n',
      '{\n  "live-restore" : true,\n  "debug": true\n}\n',
    ],
    [
      'braces and the key itself inside texts',
      '{"labels": ["a}b", "\\"live-restore\\": false"]}',
      '{"labels": ["a}b", "\\"live-restore\\": false"], "live-restore": true}',
    ],
    [
      'a nested object at the end',
      '{"a": {"live-restore": false}}',
      '{"a": {"live-restore": false}, "live-restore": true}',
    ],
    [
      'its own value where a nested one stands before it',
      '{"a": {"live-restore": false}, "live-restore": false}',
      '{\n  "a": {\n    "live-restore": false\n  },\n  "live-restore": true\n}\n',
    ],
    [
      'numbers as they are written',
      '{\n  "mtu": 1.50e3,\n  "x": 12345678901234567890\n}\n',
      '{\n  "mtu": 1.50e3,\n  "x": 12345678901234567890,\n  "live-restore": true\n}\n',
    ],
  ])('%s', (_, before, after) => {
    expect(on(before)).toBe(after)
    expect(on(after)).toBe(after)
  })

  const hint =
    'Docker would not start again with it. Fix the file (JSON has no comments and no comma after the last entry), and run setup again; nothing was changed.'
  it.each([
    ['a comment', '{\n  // logs\n  "debug": true\n}', /^\/etc\/docker\/daemon\.json: it is not valid JSON: .+/],
    ['a comma at the end', '{"debug": true,}', /^\/etc\/docker\/daemon\.json: it is not valid JSON: .+/],
    ['a list', '[]', /^\/etc\/docker\/daemon\.json: it is not a JSON object$/],
    ['null', 'null', /^\/etc\/docker\/daemon\.json: it is not a JSON object$/],
    ['a number', '5', /^\/etc\/docker\/daemon\.json: it is not a JSON object$/],
    ['a byte order mark', '\uFEFF{}', /^\/etc\/docker\/daemon\.json: it begins with a byte order mark$/],
  ])('%s is refused', (_, text, message) => {
    expect(() => on(text)).toThrow(expect.objectContaining({ message: expect.stringMatching(message) as string, hint }))
  })

  it('is turned off too', () => {
    expect(withKey(path, '{"live-restore": true}', 'live-restore', false)).toBe('{"live-restore": false}')
    expect(withKey(path, ' \n', 'live-restore', false)).toBe('{\n  "live-restore": false\n}\n')
  })

  it('that is no truth value is replaced, and the file is formatted anew', () => {
    expect(on('{"a":1,"live-restore":"yes"}')).toBe('{\n  "a": 1,\n  "live-restore": true\n}\n')
  })
})
