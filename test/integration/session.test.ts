import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { containerOf } from '../../lab/containers.ts'
import { secrets, variant } from '../../lab/cutover.ts'
import { docker, engineEnv, findEngine } from '../../lab/engine.ts'
import { attempt } from '../../lab/exec.ts'
import type { Connection } from '../../runner/connection/connection.ts'
import { dockerConnection } from '../../runner/connection/docker.ts'
import { localConnection } from '../../runner/connection/local.ts'
import { opensshConnection } from '../../runner/connection/openssh/openssh.ts'
import { Session } from '../../runner/connection/session/session.ts'
import { sshConnection } from '../../runner/connection/ssh/ssh.ts'
import type { SshTarget } from '../../runner/connection/target.ts'
import { CommandError } from '../../runner/errors.ts'
import { Facts } from '../../runner/host/fact.ts'
import { sha256 } from '../../runner/host/transfer.ts'
import { createHost, type Host } from '../../runner/host/host.ts'
import { sshTarget } from '../../runner/inventory/reach.ts'
import { Secret } from '../../runner/secret/secret.ts'

const lab = inject('lab')

const target = (user = 'deploy'): SshTarget =>
  sshTarget(
    'web-1',
    { user, identity: 'id_ed25519', known_hosts: 'known_hosts', ssh_config: false },
    lab!.hosts[0]!.address,
    lab!.directory,
  )
const ssh = (user?: string): Promise<Connection> => sshConnection(target(user), { acceptNewHostKeys: false })
const container = (): string => containerOf(lab!.name, 'web-1')

const hostOver = (session: Session, signal?: AbortSignal): Host =>
  createHost({
    name: 'web-1',
    login: { address: '', port: 22, user: '' },
    session: () => session,
    facts: new Facts(),
    signal,
  })

/** Every kind of connection keeps the same promises. */
describe.skipIf(!lab).each<[string, () => Promise<Connection>, 'sudo' | 'none']>([
  ['ssh, through sudo', () => ssh(), 'sudo'],
  ['ssh, as oneself', () => ssh(), 'none'],
  [
    'the ssh program, through sudo',
    () => opensshConnection(target(), { acceptNewHostKeys: false, jump: (hop) => hop }),
    'sudo',
  ],
  [
    'docker',
    async () => (await findEngine(), Object.assign(process.env, engineEnv()), dockerConnection(container())),
    'none',
  ],
  ['local', () => Promise.resolve(localConnection()), 'none'],
])('a session over %s', (_, connect, become) => {
  let session: Session
  let host: Host
  beforeAll(async () => {
    session = new Session('web-1', await connect(), { method: become })
    host = hostOver(session)
  })
  afterAll(() => session.close())

  it('gives output, errors and status apart', async () => {
    const output = await host.$({ nothrow: true })`echo out; echo err >&2; exit 7`
    expect([output.stdout, output.stderr, output.exitCode]).toEqual(['out\n', 'err\n', 7])
  })

  it('says which command failed, and its last lines', async () => {
    const error: unknown = await host.$`echo reason >&2; false`.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({ exitCode: 1, output: 'reason' })
    expect((error as CommandError).command).toContain('echo reason')
  })

  it.each(['a b', "it's", '$HOME `id` $(id)', 'two\nlines', '-n', '', 'ü€😀', '\\ % "'])(
    'hands the argument %j on as it is',
    async (word) => {
      expect((await host.$`printf '%s|' ${word}`).stdout).toBe(`${word}|`)
      expect((await host.$`${['printf', '%s|', word, word]}`).stdout).toBe(`${word}|${word}|`)
    },
  )

  it('carries every byte in both directions, megabytes of them', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 8)) % 256))
    const out: Buffer[] = []
    expect(await session.run('cat', { input: bytes, stdout: (chunk) => out.push(chunk) })).toBe(0)
    expect(Buffer.concat(out).equals(bytes)).toBe(true)
    // zx's own view of output is text: whole characters, wherever the chunks were cut.
    const text = 'ü€😀'.repeat(200_000)
    expect((await host.$({ input: text })`cat`).stdout === text).toBe(true)
  })

  it.each<[string, string, Buffer]>([
    ['no newline at the end', 'printf abc', Buffer.from('abc')],
    ['NUL bytes', "printf 'a\\000b\\000'", Buffer.from('a\0b\0')],
    ['invalid UTF-8', "printf '\\303(\\377\\200\\360\\237'", Buffer.from([0xc3, 0x28, 0xff, 0x80, 0xf0, 0x9f])],
    ['nothing', ':', Buffer.alloc(0)],
    [
      'what looks like a mark',
      "printf '0123456789abcdef0123456789abcdef:1:0;'",
      Buffer.from('0123456789abcdef0123456789abcdef:1:0;'),
    ],
    ['a line without end', "head -c 5000000 /dev/zero | tr '\\0' x", Buffer.alloc(5_000_000, 'x')],
  ])('gives exactly %s, on both streams', async (_, script, expected) => {
    const [out, err]: Buffer[][] = [[], []]
    expect(
      await session.run(`${script}; { ${script}; } >&2`, {
        stdout: (chunk) => out!.push(chunk),
        stderr: (chunk) => err!.push(chunk),
      }),
    ).toBe(0)
    expect(Buffer.concat(out!).equals(expected)).toBe(true)
    expect(Buffer.concat(err!).equals(expected)).toBe(true)
    expect((await host.$`${['printf', '%s', 'after']}`).stdout).toBe('after')
  })

  it('runs many commands that wait together in order, each with its own output', async () => {
    const outputs = await Promise.all(
      Array.from(
        { length: 60 },
        (_, index) =>
          host.$({ nothrow: true })`echo ${String(index)}; echo e${String(index)} >&2; exit ${String(index)}`,
      ),
    )
    expect(outputs.map(({ stdout, stderr, exitCode }) => `${stdout.trim()} ${stderr.trim()} ${exitCode}`)).toEqual(
      outputs.map((__, index) => `${index} e${index} ${index}`),
    )
  })

  it('reads numbers and messages in one locale, whatever the host’s is', async () => {
    expect((await host.$`printf %s "$LC_ALL"`).stdout).toBe('C')
  })

  it('closes standard input unless it is given', async () => {
    expect((await host.$`cat`).stdout).toBe('')
  })

  it('writes a file whole, with mode, beside its place first; and reads it', async () => {
    const directory = (await host.$`mktemp -d`).stdout.trim()
    const text = 'line\n$HOME `id` "q" \'s\' ü\n\nno newline at the end'
    await host.write(`${directory}/a file`, text, { mode: '640' })
    expect(await host.read(`${directory}/a file`)).toBe(text)
    await host.write(`${directory}/secret`, new Secret('hunter2\n', 'x'))
    expect(
      (await host.$`stat -c %a ${`${directory}/a file`} ${`${directory}/secret`}; ls -A ${directory} | wc -l`).stdout,
    ).toBe('640\n600\n2\n')
    expect(await host.read(`${directory}/none`)).toBeNull()
    await host.$`rm -r ${directory}`
  })

  it('sends a large file whole, with mode, and says how far it is', async () => {
    const directory = (await host.$`mktemp -d`).stdout.trim()
    const file = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'large')
    writeFileSync(file, randomBytes(20_000_000))
    const told: string[] = []
    const loud = createHost({
      name: 'web-1',
      login: { address: '', port: 22, user: '' },
      session: () => session,
      facts: new Facts(),
      onProgress: ({ text }) => told.push(text),
    })
    await loud.upload(file, `${directory}/it's here`, { mode: '640' })
    expect(
      (
        await host.$`sha256sum <${`${directory}/it's here`}; stat -c %a ${`${directory}/it's here`}; ls -A ${directory} | wc -l`
      ).stdout,
    ).toBe(`${await sha256(file)}  -\n640\n1\n`)
    expect(told.at(-1)).toBe('20 of 20 MB')
    await expect(host.upload(file, `${directory}/no/such/folder`)).rejects.toThrow('could not be written')
    await host.$`rm -r ${directory}`
  })

  it('ends what it aborts, on the host, children too; and goes on with the next command', async () => {
    const aborter = new AbortController()
    const mark = `sleep 97${process.pid % 1000}`
    const running = hostOver(session, aborter.signal).$`sh -c ${`${mark} & wait`}`.catch((error: unknown) => error)
    const next = host.$`echo next`
    while ((await countProcesses(mark)) === 0) await sleep(50)
    aborter.abort(new Error('stop'))
    expect(await running).toMatchObject({ message: 'stop' })
    expect((await next).stdout).toBe('next\n')
    expect(await countProcesses(mark)).toBe(0)
  })

  it('ends a command at its timeout, and no process of this machine', async () => {
    const since = performance.now()
    await expect(host.$({ timeout: 300 })`sleep 60`).rejects.toThrow('sleep 60: not done within 0.3 s')
    expect(performance.now() - since).toBeLessThan(20_000)
    expect((await host.$`echo alive`).stdout).toBe('alive\n')
  })

  async function countProcesses(command: string): Promise<number> {
    const other = new Session('web-1', await connect(), { method: become })
    try {
      return Number((await hostOver(other).$({ nothrow: true })`pgrep -fxc ${command}`).stdout.trim())
    } finally {
      await other.close()
    }
  }
})

describe.skipIf(!lab)('login', () => {
  it('bears a shell that talks before we do', async () => {
    await findEngine()
    const name = containerOf(lab!.name, 'web-1')
    await docker([
      'exec',
      name,
      'sh',
      '-c',
      'cp /home/guest/.bashrc /tmp/rc; { echo echo noise; echo "echo noise >&2"; cat /tmp/rc; } >/home/guest/.bashrc',
    ])
    const session = new Session('web-1', await ssh('guest'), { method: 'none' })
    expect((await hostOver(session).$`echo quiet`).stdout).toBe('quiet\n')
    await session.close()
  })

  it('takes its key from an agent', async () => {
    const noFile = variant(lab!, 'agent', (raw) => delete raw.defaults.identity)
    const key = join(lab!.directory, 'id_ed25519')
    const status = [process.execPath, '--import', 'tsx', 'playbooks/status.ts', '--inventory', noFile]
    const run = (load: string): ReturnType<typeof attempt> =>
      attempt(['ssh-agent', 'sh', '-c', `${load}; exec "$@"`, 'sh', ...status], {
        env: { ...secrets, HOME: lab!.directory },
      })
    expect((await run(`ssh-add -q '${key}'`)).stdout).toContain('unreachable=0')
    expect((await run('true')).stdout).toContain('refused the login')
  })

  it('gives sudo a password where it asks, in no argument list', async () => {
    const session = new Session('web-1', await ssh('pat'), { method: 'sudo', password: () => 'sesame street' })
    const host = hostOver(session)
    expect((await host.$`id -un`).stdout).toBe('root\n')
    expect((await host.$({ nothrow: true })`cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '[s]esame'`).stdout).toBe(
      '0\n',
    )
    await session.close()
  })

  it('does not run a password that sudo did not ask for', async () => {
    const session = new Session('web-1', await ssh('deploy'), { method: 'sudo', password: () => 'touch /tmp/ran' })
    expect(await hostOver(session).read('/tmp/ran')).toBeNull()
    await session.close()
  })

  it.each([
    ['asks for a password and none was given', 'pat', undefined, 'sudo asks for a password'],
    ['refuses the password', 'pat', 'wrong', 'did not take the password'],
    ['may not be used', 'guest', 'wrong', 'sudo'],
  ])('says so when sudo %s', async (_, user, password, said) => {
    const session = new Session('web-1', await ssh(user), {
      method: 'sudo',
      ...(password && { password: () => password }),
    })
    await expect(session.open()).rejects.toThrow(said)
    await session.close()
  })
})

describe.skipIf(!lab)('a command that is fed while it runs', () => {
  it('loses none of its first words, however early they come', async () => {
    const session = new Session('web-1', await ssh(), { method: 'sudo' })
    const host = hostOver(session)
    for (let round = 0; round < 40; round++) {
      const fed = await host.spawn('echo early; while read -r line; do echo "got $line"; done')
      expect(await fed.line()).toBe('early')
      fed.write('one\n')
      expect(await fed.line()).toBe('got one')
      await fed.end()
      expect(await fed.line()).toBeNull()
    }
    await session.close()
  })
})
