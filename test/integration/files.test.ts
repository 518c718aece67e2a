import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { explain } from '../../runner/errors.ts'
import { sha256 } from '../../runner/index.ts'
import { Secret } from '../../runner/secret/secret.ts'
import { prove } from '../../runner/task/kit.ts'
import { absent } from '../../tasks/system/absent.ts'
import { copy } from '../../tasks/system/copy.ts'
import { directory } from '../../tasks/system/directory.ts'
import { file } from '../../tasks/system/file.ts'
import { link } from '../../tasks/system/link.ts'
import { template } from '../../tasks/system/template.ts'
import { tree } from '../../tasks/system/tree.ts'
import { releases } from './releases.ts'

/** What a real host makes of files, folders and links. */
describe.skipIf(!inject('lab')).each(releases)('files on a throw-away host of Debian %i', (debian) => {
  let there: ThrowAway
  beforeAll(async () => void (there = await throwAway({ debian })))
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
      () => directory('/etc/a-folder', { mode: '0750', owner: 'daemon' }),
    ],
  ])('%s converges', async (_, task) => {
    expect(await prove(task(), there.host)).toBeDefined()
  })

  it('a check fails with what is wrong', async () => {
    await sh('mkdir -p /etc/wrong/folder; touch /etc/wrong/file')
    const check = (task: Parameters<typeof prove>[0]): Promise<string> => why(task.check(there.host))
    expect(await check(directory('/etc/wrong/file'))).toContain('there is a file at /etc/wrong/file')
    expect(await check(file('/etc/wrong/folder', 'x'))).toContain('there is a folder at /etc/wrong/folder')
    expect(await check(link('/etc/wrong/folder', '/x'))).toContain('there is a folder at /etc/wrong/folder')
    expect(await check(link('/etc/wrong/file', '/x'))).toContain('there is a file at /etc/wrong/file')
    expect(await check(copy({ from: '/none', to: '/etc/wrong/x' }))).toContain('there is no file /none on this machine')
    expect(await check(file('/etc/wrong/x', 'x', { owner: 'nobody-here' }))).toContain("no user 'nobody-here'")
    expect(await check(directory('/etc/wrong/x', { owner: ':none' }))).toContain("no group 'none'")
  })

  it('absent removes a file and a link, and what a link points to stays', async () => {
    await sh('cd /etc; printf x >gone; chmod 640 gone; chown daemon gone; mkdir kept; touch kept/x; ln -s kept way')
    await prove(absent('/etc/gone'), there.host, { change: 'remove the file of 1 bytes' })
    await prove(absent('/etc/way/'), there.host, { change: 'remove the link to kept' })
    expect(await sh('ls /etc/kept; ls -d /etc/gone /etc/way 2>&1 | grep -c "No such"')).toBe('x\n2')
  })

  it('absent removes a folder with all in it, and not through a link to what the host needs', async () => {
    await sh('mkdir -p /srv/gone/a/b; ln -s /etc /srv/gone/a/link; ln -s / /srv/root')
    const task = absent('/srv/gone')
    const change = await task.check(there.host)
    expect(change?.summary).toBe('remove the folder, with 3 paths in it')
    if (change) await task.apply(there.host, change)
    expect([await task.check(there.host), await sh('ls -d /etc/passwd')]).toEqual([null, '/etc/passwd'])
    expect(await why(absent('/srv/root/usr').check(there.host))).toContain('/usr is not removed')
    expect(await why(absent('/dev/shm').check(there.host))).toContain('a file system is mounted there')
  })

  it('directory: new, and with all below it', async () => {
    await prove(directory('/etc/some/folder', { mode: '2750', owner: 'daemon:adm' }), there.host, { change: 'new' })
    await prove(directory('/etc/some/folder', { mode: '0755' }), there.host, { change: 'mode 2750 → 755' })
    await sh(
      'cd /etc/some/folder; mkdir -m 700 d; touch d/plain "d/a b"; printf x >d/run; chmod 700 d/run; ln -s /etc/passwd d/l',
    )
    await prove(directory('/etc/some/folder', { mode: '750', owner: 'daemon:adm', recursive: true }), there.host, {
      change: 'mode 755 → 750, 5 below it',
      diff: [
        '-d/run: mode 700, owner root:root',
        '+d/run: mode 750, owner daemon:adm',
        '+d/a b: mode 640, owner daemon:adm',
      ],
    })
    expect(await state('/etc/passwd')).toBe('regular file 644 root:root')
  })

  it('link: new, elsewhere, and to a folder', async () => {
    await sh('mkdir -p /etc/one /etc/two')
    await prove(link('/etc/links/to', '/etc/one'), there.host, { change: '→ /etc/one' })
    await prove(link('/etc/links/to', '/etc/two'), there.host, { change: '/etc/one → /etc/two' })
    expect(await sh('readlink /etc/links/to; ls -A /etc/one')).toBe('/etc/two')
  })

  it('file: bytes, a secret, in place of a link, and validated', async () => {
    const bytes = Buffer.from([0xff, 0, 1])
    await prove(file('/etc/f', bytes), there.host, { change: 'new, 3 bytes' })
    await prove(file('/etc/f', Buffer.from([0xfe, 0, 1])), there.host, { change: 'content: 3 → 3 bytes' })
    await prove(file('/etc/f', new Secret('x', 'x')), there.host, { change: 'content, mode 644 → 600' })
    await sh('ln -s /etc/f /etc/g')
    await prove(file('/etc/g', 'g', { validate: ['grep', 'g', '%s'] }), there.host, { change: 'the link to /etc/f' })
    expect(await sh('cat /etc/f /etc/g')).toBe('xg')
  })

  it('template and tree', async () => {
    const from = mkdtempSync(join(tmpdir(), 'cutover-'))
    writeFileSync(join(from, 't.njk'), 'name={{ name | quote }}\n')
    await prove(template('/etc/t', join(from, 't.njk'), { name: 'a b' }), there.host, { diff: ["+name='a b'"] })
    mkdirSync(join(from, 'sub folder'))
    writeFileSync(join(from, 'sub folder/run'), '#!/bin/sh\n')
    chmodSync(join(from, 'sub folder/run'), 0o755)
    writeFileSync(join(from, 'large'), Buffer.alloc(200_000, 1))
    await prove(tree(from, '/etc/tree', { mode: '640', owner: 'daemon:adm' }), there.host, {
      change: '2 new folders, 3 new',
    })
    expect(await sh('cd /etc/tree; stat -c "%a %U:%G" . t.njk "sub folder" "sub folder/run"')).toBe(
      '750 daemon:adm\n640 daemon:adm\n750 daemon:adm\n750 daemon:adm',
    )
    writeFileSync(join(from, 't.njk'), 'new\n')
    await prove(tree(from, '/etc/tree', { mode: '640', owner: 'daemon:adm' }), there.host, { diff: ['+new'] })
    rmSync(join(from, 'large'))
    await sh('mkdir "/etc/tree/old one"; touch "/etc/tree/old one/x"')
    const task = tree(from, '/etc/tree', { delete: true })
    const change = await task.check(there.host)
    expect(change?.summary).toBe('1 changed, 2 removed')
    if (change) await task.apply(there.host, change)
    expect([await task.check(there.host), await sh('ls /etc/tree')]).toEqual([null, 'sub folder\nt.njk'])
  })
})
