import { describe, expect, it } from 'vitest'
import { loginKeys, shape } from '../../../runner/inventory/shape.ts'

const message = (value: unknown): string | undefined => {
  const [issue] = shape.safeParse(value).error?.issues ?? []
  return issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message
}

describe('the shape of an inventory', () => {
  it('has defaults for what is left out', () => {
    expect(shape.parse({ hosts: { a: null }, groups: { web: {} } })).toEqual({
      defaults: {},
      hosts: { a: null },
      groups: { web: { hosts: [], children: [] } },
      vars: {},
      parts: [],
    })
    expect(shape.parse({ hosts: {} })).toEqual({ defaults: {}, hosts: {}, groups: {}, vars: {}, parts: [] })
  })

  it.each(['a', 'A1', '_a', 'a.b-c_d', '007', 'web-[01:20]', 'w[1:2]-[a:b].org'])('a host may be %s', (name) =>
    expect(message({ hosts: { [name]: {} } })).toBeUndefined(),
  )
  it.each(['', '-a', '.a', 'a b', 'a[', 'a[]', 'a]', 'a[1 2]', 'a/b', 'ä'])('a host cannot be %j', (name) =>
    expect(message({ hosts: { [name]: {} } })).toBe(
      'a name consists of letters, digits, dots, dashes and underscores; web-[01:20] stands for several names',
    ),
  )
  it.each(['', '-a', 'a b', 'a[1:2]', 'a!'])('a group cannot be %j', (name) => {
    const words = 'a name consists of letters, digits, dots, dashes and underscores'
    expect(message({ hosts: {}, groups: { [name]: {} } })).toBe(words)
    expect(message({ hosts: {}, groups: { a: { children: [name] } } })).toBe(words)
  })
})

describe('the keys of a login', () => {
  it.each([
    { user: 'pi' },
    { port: 1 },
    { port: 65_535 },
    { identity: 'a' },
    { identity: ['a', 'b'] },
    { ssh_config: false },
    { keepalive: 0 },
    { connect_timeout: 1 },
    { become: 'none' },
    { become_user: '_a-1$' },
    { connection: 'openssh' },
    { connection: 'docker' },
    { connection: 'local' },
    { password: { env: 'X' } },
  ])('%j is taken', (login) => expect(loginKeys.parse(login)).toEqual(login))

  it.each([
    [{ user: '' }, 'Too small: expected string to have >=1 characters'],
    [{ port: 0 }, 'Too small: expected number to be >=1'],
    [{ port: 65_536 }, 'Too big: expected number to be <=65535'],
    [{ keepalive: -1 }, 'Too small: expected number to be >=0'],
    [{ connect_timeout: 0.5 }, 'Too small: expected number to be >=1'],
    [{ ssh_config: true }, 'ssh_config is a path, or false to use none'],
    [{ become: 'su' }, 'Invalid option: expected one of "sudo"|"none"'],
    [{ become_user: 'Root' }, 'a user name consists of small letters, digits, dashes and underscores'],
    [{ become_user: 'a b' }, 'a user name consists of small letters, digits, dashes and underscores'],
    [{ become_user: '1a' }, 'a user name consists of small letters, digits, dashes and underscores'],
    [{ connection: 'telnet' }, 'Invalid option: expected one of "ssh"|"openssh"|"docker"|"local"'],
  ])('%j is refused: %s', (login, words) => expect(loginKeys.safeParse(login).error?.issues[0]?.message).toBe(words))
})
