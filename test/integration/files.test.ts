import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { explain } from '../../runner/errors.ts'
import { sha256 } from '../../runner/index.ts'
import { Secret } from '../../runner/secret/secret.ts'
import { prove } from '../../runner/task/kit.ts'
import { copy } from '../../tasks/system/copy.ts'
import { directories } from '../../tasks/system/directories.ts'
import { file } from '../../tasks/system/file.ts'
import { link } from '../../tasks/system/link.ts'

/** What a real host makes of files, folders and links. */
describe.skipIf(!inject('lab'))('files on a throw-away host', () => {
  let there: ThrowAway
  beforeAll(async () => void (there = await throwAway()))
  afterAll(() => there.close())

  const sh = async (script: string): Promise<string> => (await there.host.$`${['sh', '-c', script]}`).stdout.trim()
  const state = (path: string): Promise<string> => sh(`stat -c '%F %a %U:%G' -- '${path}'`)
  const why = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'it did not fail',
      (error: unknown) => explain(error).join('\n'),
    )

  describe('host.write', () => {
    it('keeps mode and owner of what is there, unless they are given', async () => {
      await sh('printf old >/srv/kept; chown daemon:adm /srv/kept; chmod 600 /srv/kept')
      await there.host.write('/srv/kept', 'new')
      expect([await state('/srv/kept'), await there.host.read('/srv/kept')]).toEqual([
        'regular file 600 daemon:adm',
        'new',
      ])
      await there.host.write('/srv/kept', 'new', { mode: '0640' })
      expect(await state('/srv/kept')).toBe('regular file 640 daemon:adm')
      await there.host.write('/srv/kept', 'new', { owner: 'root' })
      expect(await state('/srv/kept')).toBe('regular file 640 root:adm')
      await there.host.write('/srv/kept', 'new', { owner: ':0', mode: '4755' })
      expect(await state('/srv/kept')).toBe('regular file 4755 root:root')
    })

    it('gives a secret 600, unless a file is there that others may not read', async () => {
      await sh('touch /srv/open /srv/closed; chmod 644 /srv/open; chmod 640 /srv/closed')
      for (const name of ['new-secret', 'open', 'closed']) await there.host.write(`/srv/${name}`, new Secret('x', 'x'))
      expect(await sh('stat -c %a /srv/new-secret /srv/open /srv/closed')).toBe('600\n600\n640')
    })

    it('refuses a folder, a device and a relative path, and leaves nothing', async () => {
      await sh('mkdir -p /srv/in-the-way; cd /srv/in-the-way; mkdir folder; mkfifo fifo')
      expect(await why(there.host.write('/srv/in-the-way/folder', 'x'))).toMatch(/there is a folder at .*folder/)
      expect(await why(there.host.write('/srv/in-the-way/fifo', 'x'))).toMatch(/neither a file nor a folder/)
      expect(await why(there.host.write('relative', 'x'))).toContain("the path 'relative' is not absolute")
      expect(await sh('cd /srv/in-the-way; find . | sort; ls /relative 2>&1 || :')).toMatch(
        /^\.\n\.\/fifo\n\.\/folder\n.*No such file/,
      )
    })

    it('replaces a link, and leaves what it points to', async () => {
      await sh('mkdir /srv/links; cd /srv/links; echo mine >target; mkdir folder; ln -s target a; ln -s folder b')
      for (const name of ['a', 'b']) await there.host.write(`/srv/links/${name}`, name)
      expect(await sh('cd /srv/links; stat -c %F a b; cat target a b; ls folder')).toBe(
        'regular file\nregular file\nmine\nab',
      )
    })

    it('lets no refused file land, and shows what the command printed', async () => {
      await there.host.write('/etc/validated', 'good\n', { mode: '440', validate: ['grep', '-q', 'good', '%s'] })
      const validate = ['sh', '-c', 'stat -c "%a %U" "${1#--file=}"; echo the file is bad; exit 3', '-', '--file=%s']
      expect(await why(there.host.write('/etc/validated', 'bad\n', { validate, owner: 'daemon' }))).toMatch(
        /\/etc\/validated was refused.*\n.*ended with 3\n +440 daemon\n +the file is bad/,
      )
      expect(await sh('cat /etc/validated; ls -A /etc | grep -c validated')).toBe('good\n1')
      expect(await why(there.host.write('/etc/validated', 'x', { validate: ['true'] }))).toContain('%s')
    })
  })

  it('bytes that are no text arrive as they are, and are not read as text', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0, 0x41, 0xc3])
    await there.host.write('/srv/bytes', bytes)
    expect((await there.host.bytes('/srv/bytes'))?.equals(bytes)).toBe(true)
    expect(await there.host.bytes('/srv/none')).toBeNull()
    expect(await why(there.host.read('/srv/bytes'))).toMatch(/\/srv\/bytes is not valid UTF-8[^]*host\.bytes/)
    await sh('truncate -s 700M /srv/huge')
    expect(await why(there.host.read('/srv/huge'))).toMatch(/734 MB[^]*host\.fetch/)
    expect(await there.host.stat('/srv/huge')).toMatchObject({ kind: 'file', size: 734_003_200 })
  })

  it('a file is fetched as it is, with its progress', async () => {
    const to = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'fetched')
    await sh('head -c 20000000 /dev/urandom >"/srv/it is large"')
    await there.host.fetch('/srv/it is large', to)
    expect(await sh('sha256sum <"/srv/it is large"')).toBe(`${await sha256(to)}  -`)
    expect(statSync(to).mode & 0o777).toBe(0o600)
    expect(there.liveLines.at(-1)).toBe('20 of 20 MB')
    expect(await why(there.host.fetch('/srv/none', to))).toContain('there is no file /srv/none')
    expect(await why(there.host.fetch('/srv', to))).toContain('there is a folder at /srv')
    await there.host.write('/srv/empty', '')
    await there.host.fetch('/srv/empty', to)
    expect(readFileSync(to, 'utf8')).toBe('')
  })

  it('an upload is validated, and refuses a folder', async () => {
    const from = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'x')
    writeFileSync(from, 'x')
    expect(await why(there.host.upload(from, '/srv'))).toContain('there is a folder at /srv')
    expect(await why(there.host.upload(from, '/srv/x', { validate: ['grep', 'y', '%s'] }))).toContain('was refused')
    expect(await why(there.host.upload(`${from}y`, '/srv/x'))).toContain(`there is no file ${from}y on this machine`)
    await there.host.upload(from, '/srv/x', { mode: '0600', owner: 'daemon:adm' })
    await there.host.upload(from, '/srv/x')
    expect(await state('/srv/x')).toBe('regular file 600 daemon:adm')
  })

  it.each<[string, () => Parameters<typeof prove>[0]]>([
    ["mode '0600'", () => file('/etc/modes', 'x', { mode: '0600' })],
    ["owner 'daemon'", () => file('/etc/modes', 'x', { owner: 'daemon' })],
    ["owner ':adm'", () => file('/etc/modes', 'x', { owner: ':adm' })],
    ["owner '0:0'", () => file('/etc/modes', 'x', { owner: '0:0' })],
    [
      "a copy with mode '0755' and owner '1:4'",
      () => copy({ from: import.meta.filename, to: '/etc/modes', mode: '0755', owner: '1:4' }),
    ],
    [
      "directories with mode '0750' and owner 'daemon'",
      () => directories([{ path: '/etc/a-folder', mode: '0750', owner: 'daemon' }]),
    ],
  ])('%s converges', async (_, task) => {
    expect(await prove(task(), there.host)).toBeDefined()
  })

  it('a check fails with what is wrong', async () => {
    await sh('mkdir -p /etc/wrong/folder; touch /etc/wrong/file')
    const check = (task: Parameters<typeof prove>[0]): Promise<string> => why(task.check(there.host))
    expect(await check(directories([{ path: '/etc/wrong/file' }]))).toContain('there is a file at /etc/wrong/file')
    expect(await check(file('/etc/wrong/folder', 'x'))).toContain('there is a folder at /etc/wrong/folder')
    expect(await check(link('/etc/wrong/folder', '/x'))).toContain('there is a folder at /etc/wrong/folder')
    expect(await check(link('/etc/wrong/file', '/x'))).toContain('there is a file at /etc/wrong/file')
    expect(await check(copy({ from: '/none', to: '/etc/wrong/x' }))).toContain('there is no file /none on this machine')
    expect(await check(file('/etc/wrong/x', 'x', { owner: 'nobody-here' }))).toContain("no user 'nobody-here'")
    expect(await check(directories([{ path: '/etc/wrong/x', owner: ':none' }]))).toContain("no group 'none'")
  })
})
