import { execFileSync } from 'node:child_process'
import { mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localConnection } from '../../runner/connection/local.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { CommandError } from '../../runner/errors.ts'
import { Facts } from '../../runner/host/fact.ts'
import { createHost, type Host } from '../../runner/host/host.ts'
import { Masker } from '../../runner/secret/masker.ts'
import { Secret } from '../../runner/secret/secret.ts'

/** Commands of `host.$` in a real shell of this machine. */
let session: Session
let host: Host
beforeAll(() => {
  session = new Session('here', localConnection(), { method: 'none' })
  host = hostOver(session)
})
afterAll(() => session.close())

const hostOver = (over: Session): Host =>
  createHost({
    name: 'here',
    login: { address: '', port: 22, user: '' },
    session: () => over,
    facts: new Facts(),
    mask: (text) => new Masker().mask(text),
  })

const failure = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  )

/** All arguments of all processes of this machine. */
const argumentLists = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '`

describe('an option of a command', () => {
  it('cwd: it runs in that folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), "it's a folder "))
    expect((await host.$({ cwd: folder })`pwd`).stdout).toBe(`${folder}\n`)
    expect((await host.$`pwd`).stdout).not.toContain(folder)
    expect(await failure(host.$({ cwd: '/no/such/folder' })`touch ${`${folder}/ran`}`)).toBeInstanceOf(CommandError)
    expect((await host.$({ cwd: folder })`ls -A`).stdout).toBe('')
  })

  it('env: it has these variables, and no later command has them', async () => {
    const secret = new Secret('in no argument list', 'PASSWORD')
    const { stdout } = await host.$({
      env: { GREETING: "it's $HOME\n`id`", PASSWORD: secret },
      pipefail: false,
    })`printf '%s|' "$GREETING" "$(sh -c 'printf %s "$PASSWORD"')"; ${['sh', '-c', argumentLists]} | grep -c '[i]n no argument' || :`
    expect(stdout).toBe("it's $HOME\n`id`|in no argument list|0\n")
    expect((await host.$`echo "\${GREETING-none} \${PASSWORD-none}"`).stdout).toBe('none none\n')
  })

  it.each([
    ['a text', 'text\n'],
    ['bytes', Buffer.from('text\n')],
    ['a secret', new Secret('text\n', 'x')],
  ])('input: it reads %s', async (_, input) => {
    expect((await host.$({ input })`cat`).stdout).toBe('text\n')
    expect((await host.$({ input, env: { A: 'x' }, cwd: '/' })`cat | cat`).stdout).toBe('text\n')
  })

  it('timeout: its processes are ended, and the error says so', async () => {
    const mark = `sleep 98${process.pid % 1000}`
    const error = await failure(host.$({ timeout: 300, nothrow: true })`sh -c ${`${mark} & wait`}`)
    expect(error).toBeInstanceOf(CommandError)
    expect((error as Error).message).toContain('not done within 0.3 s')
    expect((await host.$({ nothrow: true })`pgrep -fxc ${mark}`).stdout).toBe('0\n')
    expect((await host.$({ timeout: 60_000 })`echo alive`).stdout).toBe('alive\n')
  })

  it('timeout: the time that a command waits for another one does not count', async () => {
    const first = host.$`sleep 0.6`
    expect((await host.$({ timeout: 400 })`echo done`).stdout).toBe('done\n')
    await first
  })

  it('options can be added to options', async () => {
    const $ = host.$({ env: { A: 'a', B: 'b' }, cwd: '/' })
    expect((await $({ env: { B: 'c' } })`echo "$A$B$PWD"`).stdout).toBe('ac/\n')
    expect((await $`echo "$A$B$PWD"`).stdout).toBe('ab/\n')
  })
})

describe.skipIf(process.getuid?.() !== 0)('as another user', () => {
  it('a command runs as that user, in their home folder or else in /', async () => {
    const { stdout } = await host.$({ as: 'nobody' })`id -un; pwd; echo "$HOME $USER $LC_ALL"; cat`
    expect(stdout).toBe('nobody\n/\n/nonexistent nobody C\n')
    expect((await host.$({ as: 'root' })`id -un; pwd`).stdout).toBe('root\n/root\n')
    expect((await host.$`id -un`).stdout).toBe('root\n')
  })

  it('all other options hold, and neither the command nor a secret is in an argument list', async () => {
    const $ = host.$({
      as: 'nobody',
      cwd: '/usr',
      env: { TOKEN: new Secret('quite secret', 'TOKEN') },
      input: 'in\nput',
    })
    const { stdout } =
      await $`id -un; pwd; cat; echo "/$TOKEN" | tr a-z A-Z; ${['sh', '-c', argumentLists]} | grep -c '[q]uite' || :`
    expect(stdout).toBe('nobody\n/usr\nin\nput/QUITE SECRET\n0\n')
    expect(await failure($`false | cat`)).toMatchObject({ exitCode: 1, host: 'here' })
    expect((await host.$({ as: 'nobody', nothrow: true })`exit 7`).exitCode).toBe(7)
  })

  it('its processes are ended at its timeout', async () => {
    const mark = `sleep 96${process.pid % 1000}`
    expect(String(await failure(host.$({ as: 'nobody', timeout: 300 })`sh -c ${`${mark} & wait`}`))).toContain(
      'not done',
    )
    expect((await host.$({ nothrow: true })`pgrep -fxc ${mark}`).stdout).toBe('0\n')
  })

  it('a user who does not exist is named', async () => {
    const error = await failure(host.$({ as: 'no-such-user', nothrow: true })`true`)
    expect(error).toBeInstanceOf(CommandError)
    expect((error as Error).message).toContain('there is no user no-such-user on this host')
  })

  it('somebody else than root needs sudo for it, and is told so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-sudo-'))
    for (const program of ['env', 'id', 'sh', 'cat', 'base64', 'bash'])
      symlinkSync(execFileSync('which', [program], { encoding: 'utf8' }).trim(), join(folder, program))
    execFileSync('chmod', ['755', folder])
    const local = localConnection()
    const asNobody = new Session(
      'here',
      {
        ...local,
        open: (command) => local.open(`exec runuser -u nobody -- env PATH=${folder} sh -c ${quoted(command)}`),
      },
      { method: 'none' },
    )
    try {
      expect((await hostOver(asNobody).$({ as: 'nobody' })`id -un | cat`).stdout).toBe('nobody\n')
      const error = await failure(hostOver(asNobody).$({ as: 'root' })`true`)
      expect((error as Error).message).toContain('there is no sudo')
    } finally {
      await asNobody.close()
    }
  })
})

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

describe('a pipe', () => {
  it('fails if any of its commands does', async () => {
    expect(await failure(host.$`false | cat`)).toMatchObject({ exitCode: 1 })
    expect(await failure(host.$`x=$(exit 3 | cat); echo "$x"`)).toMatchObject({ exitCode: 3 })
    expect((await host.$({ nothrow: true })`exit 5 | cat`).exitCode).toBe(5)
    expect((await host.$({ pipefail: false })`false | cat`).exitCode).toBe(0)
    expect((await host.$`false || echo a | cat`).stdout).toBe('a\n')
  })

  it('is read as sh reads it', async () => {
    const { stdout } =
      await host.$`echo 'a\tb' | cat; echo {a,b}; echo -n ${'$x\n'} | cat; for n in 1 2; do echo $n; done`
    expect(stdout).toBe('a\tb\n{a,b}\n$x\n1\n2\n')
    expect(await failure(host.$`true | cat; x=$(false; echo a); echo no`)).toMatchObject({ exitCode: 1, output: '' })
  })

  it('may be as long as any command', async () => {
    const long = Array.from({ length: 40_000 }, (_, index) => `word${index}`)
    expect((await host.$`printf '%s\n' ${long} | wc -l`).stdout).toBe('40000\n')
  })

  it.each([
    ['bash', 'bash'],
    ['dash', 'dash'],
  ])('fails where sh is %s', async (_, shell) => {
    const folder = mkdtempSync(join(tmpdir(), 'sh-'))
    symlinkSync(execFileSync('which', [shell], { encoding: 'utf8' }).trim(), join(folder, 'sh'))
    await withPath(`${folder}:/usr/bin:/bin`, async (over) => {
      expect(await failure(over.$`false | cat`)).toMatchObject({ exitCode: 1 })
      expect((await over.$`echo "it's" | cat`).stdout).toBe("it's\n")
    })
  })

  it('says what to do where no shell knows pipefail', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-bash-'))
    for (const program of ['cat', 'env'])
      symlinkSync(execFileSync('which', [program], { encoding: 'utf8' }).trim(), join(folder, program))
    symlinkSync(execFileSync('which', ['dash'], { encoding: 'utf8' }).trim(), join(folder, 'sh'))
    await withPath(folder, async (over) => {
      const error = (await failure(over.$({ nothrow: true })`true | cat`)) as CommandError
      expect(error.message).toContain('neither its shell has pipefail, nor is there a bash')
      expect(error.hint).toContain('pipefail: false')
      expect((await over.$({ pipefail: false })`false | cat`).exitCode).toBe(0)
    })
  })

  async function withPath(path: string, work: (over: Host) => Promise<void>): Promise<void> {
    const local = localConnection()
    const over = new Session(
      'here',
      { ...local, open: (command) => local.open(`PATH=${quoted(path)}; export PATH; ${command}`) },
      { method: 'none' },
    )
    try {
      await work(hostOver(over))
    } finally {
      await over.close()
    }
  }
})

describe('a command that fails', () => {
  it('throws one error that has the command, the host, the status and the end of its output', async () => {
    const error = await failure(host.$`echo out; echo ${'a reason'} >&2; exit 3`)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({
      message: "echo out; echo 'a reason' >&2; exit 3 ended with 3",
      command: "echo out; echo 'a reason' >&2; exit 3",
      host: 'here',
      exitCode: 3,
      output: 'out\n\na reason',
    })
    expect(Object.keys(error as object)).not.toContain('stdall')
  })

  it('does not show a secret, however that was made', async () => {
    const secret = new Secret('made by hand, not read', 'x')
    const error = await failure(host.$({ env: { SECRET: secret } })`echo "it is $SECRET"; exit 1`)
    expect(error).toMatchObject({
      output: 'it is ••••••',
      command: 'with SECRET=[secret x]: echo "it is $SECRET"; exit 1',
    })
  })
})

it('a background process that redirects its output does not disturb a later command', async () => {
  await host.$`{ sleep 0.2; echo late; } >/dev/null 2>&1 &`
  expect((await host.$`sleep 0.5; echo own`).stdout).toBe('own\n')
})
