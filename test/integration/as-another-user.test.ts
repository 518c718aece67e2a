import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { processChannel } from '../../runner/connection/process.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { explain } from '../../runner/errors.ts'
import { Facts } from '../../runner/host/fact.ts'
import { createHost, type Host } from '../../runner/host/host.ts'
import { Secret } from '../../runner/secret/secret.ts'
import { releases } from './releases.ts'

/** All arguments of all processes. */
const argumentLists = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '`
const large = `${'é'.repeat(500_000)}\n`

/** `host.$({ as })` by each of its ways. Who logs in may become root (deploy), may with a password (pat), or may not (guest). */
describe.skipIf(!inject('lab')).each(releases)('a command as another user on Debian %i', (debian) => {
  let there: ThrowAway
  const sessions: Session[] = []
  beforeAll(async () => void (there = await throwAway({ debian })))
  afterEach(() => Promise.all(sessions.splice(0).map((session) => session.close())))
  afterAll(() => there.close())

  /** The host as a user who has logged in, without `become`. */
  function hostAs(user: string): Host {
    const { name } = there.host
    const session = new Session(
      name,
      {
        open: (command) =>
          processChannel(
            ['docker', 'exec', '--interactive', '--user', user, name, '/bin/sh', '-c', command],
            'no shell',
          ),
        close: async () => undefined,
      },
      { method: 'none' },
    )
    sessions.push(session)
    return createHost({
      name,
      login: { address: '', port: 22, user },
      session: () => session,
      facts: new Facts(),
    })
  }
  const why = (work: PromiseLike<unknown>): Promise<string> =>
    Promise.resolve(work).then(
      () => 'it did not fail',
      (error: unknown) => explain(error).join('\n'),
    )
  /** Takes a program away for one piece of work. */
  async function without(program: string, work: () => Promise<void>): Promise<void> {
    await there.host.$`mv -- ${program} ${`${program}.away`}`
    await work().finally(() => there.host.$`mv -- ${`${program}.away`} ${program}`)
  }

  /** What holds whatever the way is. */
  async function holds(host: Host): Promise<void> {
    const user = 'guest'
    const $ = host.$({ as: user })
    const { stdout } = await $`id -un; id -Gn; pwd; echo "$HOME $USER $LOGNAME $LC_ALL"`
    expect(stdout).toBe('guest\nguest adm\n/home/guest\n/home/guest guest guest C\n')
    expect((await host.$({ as: 'nobody' })`id -un; pwd`).stdout).toBe('nobody\n/\n')
    const $with = $({
      cwd: '/usr',
      env: { TOKEN: new Secret('quite "secret"', 'TOKEN'), WORDS: "it's $HOME\n`id`" },
      input: 'in\nput',
    })
    expect(
      (
        await $with`pwd; cat; echo "/$TOKEN $WORDS" | tr a-z A-Z; ${['sh', '-c', argumentLists]} | grep -c '[q]uite' || :`
      ).stdout,
    ).toBe('/usr\nin\nput/QUITE "SECRET" IT\'S $HOME\n`ID`\n0\n')
    expect((await $({ input: large })`cat`).stdout).toBe(large)
    expect(await why($`false | cat`)).toContain('ended with 1')
    expect((await $({ nothrow: true })`exit 7`).exitCode).toBe(7)
    expect(await why(host.$({ as: 'no-such-user' })`true`)).toContain('there is no user no-such-user on this host')
    expect((await host.$`id -un`).stdout).not.toBe('guest\n')
    const slow = `sleep 96${process.pid % 1000}`
    expect(await why($({ timeout: 500 })`sh -c ${`${slow} & wait`}`)).toContain('not done within')
    expect((await there.host.$({ nothrow: true })`pgrep -fx ${slow}`).stdout).toBe('')
  }
  beforeAll(() => there.host.$`usermod --append --groups adm guest`.then(() => undefined))

  it('from root: by runuser', () => holds(there.host))

  it('from root without runuser: by su', () => without('/usr/sbin/runuser', () => holds(there.host)))

  it('from somebody else: by sudo, which asks for no password', () => holds(hostAs('deploy')))

  it('from somebody else who may become just this one', async () => {
    await there.host.write('/etc/sudoers.d/zz-pat', 'pat ALL=(guest, nobody) NOPASSWD: ALL\n', { mode: '440' })
    try {
      await holds(hostAs('pat'))
      expect(await why(hostAs('pat').$({ as: 'root' })`true`)).toContain('sudo does not let this login become root')
    } finally {
      await there.host.$`rm /etc/sudoers.d/zz-pat`
    }
  })

  it('from somebody whose sudo asks, or does not let them: says so', async () => {
    const refusal = (who: string): RegExp =>
      new RegExp(
        `^as ${who}: true: sudo does not let this login become ${who} without a password\n[^]*sudo: a password is required\nWith .become: sudo. [^]*LOGIN ALL=\\(${who}\\) NOPASSWD: ALL$`,
      )
    expect(await why(hostAs('pat').$({ as: 'guest' })`true`)).toMatch(refusal('guest'))
    expect(await why(hostAs('guest').$({ as: 'pat', nothrow: true })`true`)).toMatch(refusal('pat'))
    // It is not the command's own words that count.
    const own = hostAs('deploy').$({ as: 'guest' })`echo sudo: a password is required >&2; exit 1`
    expect(await why(own)).toMatch(/ ended with 1\n/)
    expect((await hostAs('guest').$({ as: 'guest' })`id -un`).stdout).toBe('guest\n')
  })

  it('from somebody else without sudo: says so', () =>
    without('/usr/bin/sudo', async () => {
      expect(await why(hostAs('deploy').$({ as: 'guest' })`true`)).toContain('there is no sudo')
    }))
})
