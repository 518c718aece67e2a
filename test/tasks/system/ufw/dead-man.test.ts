import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CutoverError } from '../../../../runner/errors.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../../runner/task/scripted-host.ts'
import { settled, withDeadMan } from '../../../../tasks/system/ufw/dead-man.ts'

// Fake timers do not reach this module of Node.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}))

const folder = '/etc/ufw/cutover-dead-man'
const systemd = '[ -d /run/systemd/system ]'
const armed = [
  systemd,
  `mkdir -p -m 700 ${folder}`,
  `write ${folder}/dead-man.sh 700 root:root`,
  `write ${folder}/cutover-dead-man.service 644 root:root`,
  `write ${folder}/seconds 644 root:root`,
  'arm',
]

/** A change of the firewall on a host where these verbs of the switch, or commands, fail. */
async function changed(...failing: readonly string[]) {
  const tokens = new Set<string>()
  const short = (command: string): string =>
    command.replace(/^sh \/etc\/ufw\/cutover-dead-man\/dead-man\.sh (\w+) ([0-9a-f]{16})/, (_, verb: string, token) => {
      tokens.add(String(token))
      return verb
    })
  const host = new ScriptedHost((command): ScriptedOutput => (failing.includes(short(command)) ? { code: 1 } : ''), {
    files: { '/etc/ufw/ufw.conf': '' },
  })
  const error = await withDeadMan(host.host, { seconds: 60 }, (run) => run('ufw', 'allow', '22 23')).catch(
    ({ message, hint }: CutoverError) => [message.replace(/[0-9a-f]{16}/, 'TOKEN'), hint],
  )
  return { commands: host.commands.map(short), error, tokens: tokens.size, files: host.files }
}

describe('a change of the firewall', () => {
  it('is kept once a new connection gets in', async () => {
    const { commands, error, tokens, files } = await changed()
    expect(commands).toEqual([...armed, "do ufw allow '22 23'", 'left', 'keep'])
    expect(error).toBeUndefined()
    expect(tokens).toBe(1)
    expect(files.get(`${folder}/seconds`)?.content).toBe('60\n')
  })

  it.each([
    ["do ufw allow '22 23'", ["do ufw allow '22 23'", 'back']],
    ['left', ["do ufw allow '22 23'", 'left', 'back']],
  ])('that fails at %s is put back', async (failing, commands) => {
    const result = await changed(failing)
    expect(result.commands).toEqual([...armed, ...commands])
    expect(result.error).toEqual(['the firewall could not be changed: what was before is put back', undefined])
  })

  it('that fails and cannot be put back over this connection is put back by the host', async () => {
    expect((await changed('left', 'back')).error).toEqual([
      'the firewall could not be changed: what was before is put back by the host itself within 60 s',
      undefined,
    ])
  })

  it('that lets no new connection in is put back', async () => {
    const { commands, error } = await changed('keep')
    expect(commands).toEqual([...armed, "do ufw allow '22 23'", 'left', 'keep', 'back'])
    expect(error).toEqual([
      'with this change of the firewall no new connection gets in (sh /etc/ufw/cutover-dead-man/dead-man.sh keep TOKEN ended with 1): what was before is put back',
      'Something else closes the port of SSH: see /etc/ufw/before.rules and `sudo iptables -S` there.',
    ])
  })

  it('is not made where the switch cannot be armed', async () => {
    expect((await changed('arm')).commands).toEqual(armed)
  })

  it('is not made without systemd', async () => {
    const { commands, error } = await changed(systemd)
    expect(commands).toEqual([systemd])
    expect(error).toEqual([
      'there is no systemd, which would put the firewall back if it shut us out: it is left as it is',
      'Look after the firewall of this host yourself (for setup: firewall: { enabled: false }).',
    ])
  })
})

describe('a change where a rule limits logins', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** How often a login was tried, after how many seconds it ended, and how, where so many logins are refused. */
  async function proved(refused: number, seconds = 60) {
    let logins = 0
    const host = new ScriptedHost(
      (command): ScriptedOutput =>
        command.includes(' keep ') && ++logins <= refused ? { code: 1, stderr: 'refused' } : '',
      { files: { '/etc/ufw/ufw.conf': '' } },
    )
    const start = Date.now()
    const result = withDeadMan(host.host, { seconds, limited: true }, (run) => run('ufw', 'reload')).then(
      () => null,
      ({ hint }: CutoverError) => hint,
    )
    await vi.runAllTimersAsync()
    return { hint: await result, logins, waited: (Date.now() - start) / 1_000 }
  }
  const hint =
    'The port of SSH is limited: wait until there was no login for 30 s, or let your address in before the limit.'

  it('is kept at once, or by a second login once the limit is over', async () => {
    expect(await proved(0)).toEqual({ hint: null, logins: 1, waited: 0 })
    expect(await proved(1)).toEqual({ hint: null, logins: 2, waited: 30.5 })
    expect(await proved(2)).toEqual({ hint, logins: 2, waited: 30.5 })
  })

  it('is put back at once where the host does not wait for so long', async () => {
    expect(await proved(1, 45)).toEqual({ hint, logins: 1, waited: 0 })
  })
})

it('the firewall of a host without ufw is not changed, and no folder is made for it', async () => {
  const host = new ScriptedHost({ [systemd]: '' })
  await expect(withDeadMan(host.host, { seconds: 60 }, async () => undefined)).rejects.toMatchObject({
    name: 'MissingError',
    message: 'ufw is not installed',
    hint: "A task before this one installs it: packages({ present: ['ufw'] }).",
  })
  expect(host.commands).toEqual([systemd])
})

describe('another change that waits for its proof', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** How a wait ends, and after how many seconds, where the other change ends after so many looks. */
  async function waited(looks: number) {
    let remaining = looks
    const scripted = new ScriptedHost((command) =>
      command === `[ -e ${folder}/armed ]` ? { code: remaining-- > 0 ? 0 : 1 } : undefined,
    )
    const start = Date.now()
    const result = settled(scripted.host)
      .catch(({ message, hint }: CutoverError) => [message, hint])
      .then((value) => ({ value, seconds: (Date.now() - start) / 1000 }))
    await vi.runAllTimersAsync()
    return result
  }

  it.each([0, 1, 120])('is waited for: %i seconds', async (looks) => {
    expect(await waited(looks)).toEqual({ value: undefined, seconds: looks })
  })

  it('is not waited for longer than two minutes', async () => {
    expect(await waited(1000)).toEqual({
      value: [
        'another change of the firewall still waits for its proof',
        'If nothing else runs on it: sudo sh /etc/ufw/cutover-dead-man/dead-man.sh back "$(sudo cat /etc/ufw/cutover-dead-man/armed/token)"',
      ],
      seconds: 120,
    })
  })
})
