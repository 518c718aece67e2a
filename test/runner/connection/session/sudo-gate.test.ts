import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SudoGate } from '../../../../runner/connection/session/sudo-gate.ts'

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
})

describe('a prompt that is not sudo’s own', () => {
  afterEach(() => void vi.useRealTimers())
  const gateWith = (): { gate: SudoGate; asked: () => number; failed: () => Promise<string | undefined> } => {
    vi.useFakeTimers()
    let count = 0
    const gate = new SudoGate('MARK', () => count++)
    gate.resume()
    const failure = gate.entered.then(
      () => undefined,
      (error: Error) => error.message,
    )
    return { gate, asked: () => count, failed: () => failure }
  }

  it.each(['Password for pat: ', 'Passphrase:', 'one\nEnter PIN: ', 'Passwort: ', 'Kennwort:', 'passcode: '])(
    '%j is answered when nothing follows for 400 ms',
    async (prompt) => {
      const { gate, asked } = gateWith()
      gate.write(`MARK-sudo${prompt}`)
      await vi.advanceTimersByTimeAsync(399)
      expect(asked()).toBe(0)
      await vi.advanceTimersByTimeAsync(1)
      expect(asked()).toBe(1)
    },
  )

  it.each(['Your password: keep it', 'Pinned: ', 'Hello: ', 'password\n'])('%j is not answered', async (text) => {
    const { gate, asked } = gateWith()
    gate.write(`MARK-sudo${text}`)
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked()).toBe(0)
  })

  it('is not answered when more follows, or the gate is closed', async () => {
    const { gate, asked } = gateWith()
    gate.write('MARK-sudoPassword: ')
    await vi.advanceTimersByTimeAsync(300)
    gate.write('is what we ask for')
    await vi.advanceTimersByTimeAsync(1000)
    gate.write('\nPassword: ')
    gate.destroy()
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked()).toBe(0)
  })

  it('before sudo runs is the login shell’s, and is not answered', async () => {
    const { gate, asked } = gateWith()
    gate.write('Password: ')
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked()).toBe(0)
  })

  it('is answered once: sudo’s own after it is answered, too', async () => {
    const { gate, asked, failed } = gateWith()
    gate.write('MARK-sudoPassword: ')
    await vi.advanceTimersByTimeAsync(400)
    gate.write('\nPassword: ')
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked()).toBe(1)
    gate.write('MARK-asks')
    await vi.advanceTimersByTimeAsync(0)
    expect(asked()).toBe(2)
    gate.write(' no MARK-asks')
    expect(await failed()).toBe('incorrect password\nPassword: \nPassword:  no')
  })

  it('for a new password is not answered: the old one has expired', async () => {
    const { gate, asked, failed } = gateWith()
    gate.write('MARK-sudoMARK-asks')
    gate.write('\nNew password: ')
    expect(await failed()).toBe('New password:')
    expect(asked()).toBe(1)
  })
})

describe('a gate that is closed before the command runs', () => {
  it.each<[string, (gate: SudoGate) => void, string]>([
    ['by an error', (gate) => gate.destroy(new Error('too slow')), 'too slow'],
    ['without one', (gate) => gate.destroy(), 'what is said'],
    ['by the end of its input', (gate) => gate.end(), 'what is said'],
  ])('%s says why', async (_, close, message) => {
    const gate = new SudoGate('MARK', () => undefined)
    gate.on('error', () => undefined)
    gate.write(' what is said\n')
    close(gate)
    await expect(gate.entered).rejects.toThrow(new Error(message))
  })

  it('says so where nothing was said', async () => {
    const gate = new SudoGate('MARK', () => undefined)
    gate.end()
    await expect(gate.entered).rejects.toThrow(new Error('the connection was closed'))
  })
})
