import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryError } from '../../../runner/connection/entry-error.ts'
import { SudoGate } from '../../../runner/connection/sudo-gate.ts'

/** What comes of a text that arrives in pieces: how often a password was given, what was handed on, what was said. */
async function heard(...chunks: string[]): Promise<{ given: number; out: string; error?: string }> {
  let given = 0
  const out: Buffer[] = []
  const gate = new SudoGate('MARK', () => given++)
  gate.on('data', (chunk: Buffer) => out.push(chunk))
  for (const chunk of chunks) gate.write(Buffer.from(chunk))
  gate.end()
  await setImmediate()
  const error = await gate.entered.then(
    () => undefined,
    (reason: Error) => reason.message,
  )
  return { given, out: Buffer.concat(out).toString(), ...(error !== undefined && { error }) }
}

describe('the gate of sudo', () => {
  it.each([
    ['sudo', 'noise\nMARK-sudoMARK-asksMARK-in after ü'],
    ['sudo-rs', 'MARK-sudo[sudo: MARK-asks] Password: \nMARK-in after ü'],
    ['a lecture', 'MARK-sudoWe trust you.\nKeep the password: secret.\nMARK-asksMARK-in after ü'],
    [
      'a login shell that shows what it runs',
      "+ exec sudo -p MARK-asks sh -c '%s-%s' MARK\nMARK-sudoMARK-asksMARK-in after ü",
    ],
  ])('gives the password once to %s, wherever the chunks are cut', async (_, text) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 5 }), async (cuts) => {
        // sudo says nothing more before it has its answer: what follows its prompt is a piece of its own.
        const places = [
          0,
          ...[...cuts, text.lastIndexOf('MARK-asks') + 'MARK-asks'.length].sort((one, two) => one - two),
          text.length,
        ]
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end))
        expect(await heard(...pieces)).toEqual({ given: 1, out: ' after ü' })
      }),
      { numRuns: 100 },
    )
  })

  it('gives it to nobody who does not ask, and to nobody twice', async () => {
    expect(await heard('MARK-sudo', 'MARK-in', 'after')).toEqual({ given: 0, out: 'after' })
    expect(await heard('Password: ', 'MARK-sudo', 'MARK-in')).toEqual({ given: 0, out: '' })
    const { given, error } = await heard('MARK-sudo', 'MARK-asks', 'Sorry, try again.\n', 'MARK-asks')
    expect([given, error]).toEqual([1, expect.stringContaining('incorrect password')])
  })

  it('knows a prompt of PAM, and what it asks for after that', async () => {
    const gate = new SudoGate('MARK', () => gate.write('MARK-in'))
    gate.write('MARK-sudoPassword for pat@EXAMPLE.ORG: ')
    await gate.entered
    expect((await heard('MARK-sudo', 'MARK-asks', 'You must change it.\nCurrent password: ')).error).toContain(
      'Current password',
    )
  })

  it.each([
    ['sudo: sorry, you must have a tty to run sudo', /requiretty/],
    ["sudo-rs: I'm sorry guest. I'm afraid I can't do that", /may not use sudo/],
    ['guest is not in the sudoers file.', /may not use sudo/],
    ['Sorry, user guest may not run sudo on web.', /may not use sudo/],
    ['sudo: a password is required', /asks for a password/],
    ['sudo-rs: interactive authentication is required', /asks for a password/],
    ['sudo-rs: Maximum 3 incorrect authentication attempts', /did not take the password/],
    ['sudo: 1 incorrect password attempt', /did not take the password/],
    ['sudo: Account or password is expired, reset your password and try again', /has expired/],
    [
      'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
      /may not become another user/,
    ],
    ['bash: exec: sudo: not found', /there is no sudo/],
  ])('says what to do about %j', (said, message) => {
    const error = entryError('web-1', { method: 'sudo' }, said, new Error(said))
    expect(error.message).toMatch(message)
    expect(error.hint).toBeDefined()
  })
})
