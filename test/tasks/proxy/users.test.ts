import { describe, expect, it } from 'vitest'
import { Secret } from '../../../runner/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { newSalt, parseUsers, users } from '../../../tasks/proxy/users.ts'

const path = '/opt/traefik/dynamic/shop.users.yaml'
const passwords = { alice: new Secret('one', 'password'), bob: new Secret('two', 'password') }
/** A host whose perl makes a hash of a salt and a number that stands for the password. */
const hostOf = (hashes: string, content?: string, mode = '600'): ScriptedHost =>
  new ScriptedHost((command) => (command.startsWith('perl -e') ? hashes : undefined), {
    files: content === undefined ? {} : { [path]: { content, mode, owner: 'root:root' } },
  })
const hashes = '$2y$05$a\n$2y$05$b\n'
const apply = async (scripted: ScriptedHost): Promise<string> => {
  await users('shop', passwords).apply(scripted.host, { summary: '' })
  return (await scripted.host.read(path)) ?? ''
}

describe('the users of an app', () => {
  it('are written with hashes alone, for root alone', async () => {
    const scripted = hostOf(hashes)
    const text = await apply(scripted)
    expect(parseUsers(text)).toEqual([
      { user: 'alice', hash: '$2y$05$a' },
      { user: 'bob', hash: '$2y$05$b' },
    ])
    expect(text).not.toMatch(/one|two/)
    expect(scripted.commands.at(-1)).toBe(`write ${path} 600 root:root`)
    expect(scripted.commands.join()).not.toMatch(/one|two/)
  })

  it('hold if the same passwords give the same hashes', async () => {
    const text = await apply(hostOf(hashes))
    const check = (scripted: ScriptedHost, wanted = passwords): Promise<unknown> =>
      users('shop', wanted).check(scripted.host)
    expect(await check(hostOf(hashes, text))).toBeNull()
    expect(await check(hostOf('$2y$05$a\n$2y$05$other\n', text))).toEqual({ summary: 'alice, bob' })
    expect(await check(hostOf(hashes, text), { ...passwords, carol: new Secret('x', 'x') } as never)).toEqual({
      summary: 'alice, bob, carol',
    })
    expect(await check(hostOf(hashes, text, '644'))).toEqual({ summary: 'mode 600 of root' })
    expect(await check(hostOf(hashes))).toEqual({ summary: 'alice, bob' })
  })

  it('have no password that bcrypt would cut off', () =>
    expect(() => users('shop', { alice: new Secret('x'.repeat(73), 'password of alice') })).toThrow(
      'the password of alice is longer than 72 bytes',
    ))

  it('have salts of 128 bits in bcrypt’s alphabet', () => {
    expect(newSalt()).toMatch(/^\$2y\$05\$[./A-Za-z0-9]{22}$/)
    expect(newSalt()).not.toBe(newSalt())
  })
})
