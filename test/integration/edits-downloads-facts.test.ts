import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { explain } from '../../runner/errors.ts'
import type { Host } from '../../runner/host/host.ts'
import { prove } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import { block } from '../../tasks/system/block.ts'
import { download } from '../../tasks/system/download/download.ts'
import { machineFact } from '../../tasks/system/facts/machine.ts'
import { packagesFact } from '../../tasks/system/facts/packages.ts'
import { servicesFact } from '../../tasks/system/facts/services.ts'
import { git } from '../../tasks/system/git.ts'
import { ini } from '../../tasks/system/ini.ts'
import { line } from '../../tasks/system/line.ts'
import { replace } from '../../tasks/system/replace.ts'
import { releases } from './releases.ts'

/** The lab's image has no git and no unzip. Those of this machine run there: their libraries are those of every Debian. */
const borrowed = ['/usr/bin/git', '/usr/lib/git-core', '/usr/bin/unzip'].flatMap((path) => ['-v', `${path}:${path}:ro`])

/** What a task says when it fails; 'nothing' if it does not. */
async function failure(task: Task, host: Host): Promise<string> {
  try {
    const change = await task.check(host)
    if (change) await task.apply(host, change)
    return 'nothing'
  } catch (error) {
    return explain(error).join('\n')
  }
}

describe.skipIf(!inject('lab')).each(releases)('on a real Debian %i', (debian) => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({ debian, run: ['--network', 'none', ...borrowed] })
    host = there.host
  })
  afterAll(() => there.close())

  const stateOf = async (path: string): Promise<string> =>
    (await host.$`stat -c '%A %u:%g' -- ${path}; cat -- ${path}`).stdout

  describe('a text file', () => {
    const path = '/etc/lab/my app.conf'
    const given = async (text: string): Promise<void> => {
      await host.$`mkdir -p /etc/lab; rm -f -- ${path} /etc/lab/link`
      await host.write(path, text, { mode: '640', owner: '4711:adm' })
    }

    it('gets a line, and keeps its mode, its owner without a name, and its line ends', async () => {
      await given('# é\r\n#Port 22\r\nMatch all\r\n')
      await prove(line(path, 'Port 2222', { match: /^#?Port/ }), host, {
        change: '1 line added, 1 line removed',
        diff: ['-#Port 22\r', '+Port 2222\r'],
      })
      await prove(line(path, "It's $HOME", { before: /^Match/ }), host)
      expect(await stateOf(path)).toBe("-rw-r----- 4711:4\n# é\r\nPort 2222\r\nIt's $HOME\r\nMatch all\r\n")
      await prove(line(path, '# é', { absent: true }), host)
    })

    it('stays behind a link that points to it', async () => {
      await given('a\n')
      await host.$`ln -s ${path} /etc/lab/link`
      await prove(line('/etc/lab/link', 'b'), host)
      expect((await host.$`readlink /etc/lab/link`).stdout.trim()).toBe(path)
      expect(await stateOf(path)).toBe('-rw-r----- 4711:4\na\nb\n')
    })

    it('is made with the mode and owner that it is told, and taken back', async () => {
      await host.$`mkdir -p /etc/lab; rm -f /etc/lab/new`
      await prove(line('/etc/lab/new', 'a', { create: { mode: '0600', owner: 'deploy:adm' } }), host, { change: 'new' })
      expect((await host.$`stat -c '%a %U:%G' /etc/lab/new`).stdout).toBe('600 deploy:adm\n')
      expect(await failure(line('/etc/lab/none', 'a'), host)).toContain('there is no file /etc/lab/none')
      expect(await failure(line('/etc/lab', 'a'), host)).toContain('there is a folder at /etc/lab, and not a file')
    })

    it('gets a block, which is replaced and removed', async () => {
      await given('a\nb')
      await prove(block(path, 'x\ny', { name: 'shop' }), host)
      await prove(block(path, 'z\n', { name: 'shop' }), host, { diff: ['-x', '-y', '+z'] })
      expect(await stateOf(path)).toBe('-rw-r----- 4711:4\na\nb\n# BEGIN cutover shop\nz\n# END cutover shop\n')
      await prove(block(path, '', { name: 'shop', absent: true }), host)
      expect(await stateOf(path)).toBe('-rw-r----- 4711:4\na\nb\n')
    })

    it('gets a replacement, and keys', async () => {
      await given('[s]\n; c\na=1\n')
      await prove(replace(path, /^a=\d$/m, 'a=2'), host, { diff: ['-a=1', '+a=2'] })
      await prove(ini(path, { s: { a: null, b: 'x y' }, t: { c: [1, 2] } }), host)
      expect(await stateOf(path)).toBe('-rw-r----- 4711:4\n[s]\n; c\nb=x y\n\n[t]\nc=1\nc=2\n')
    })

    it('is not touched if its new text is refused', async () => {
      const sudoers = '/etc/sudoers.d/lab'
      await host.write(sudoers, 'deploy ALL=(ALL) ALL\n', { mode: '440' })
      const validate = ['visudo', '-cf', '%s']
      expect(await failure(line(sudoers, 'this is no rule', { validate }), host)).toMatch(
        /^the new content of \/etc\/sudoers.d\/lab was refused, and nothing was changed\n[^]*syntax error/,
      )
      expect(await stateOf(sudoers)).toBe('-r--r----- 0:0\ndeploy ALL=(ALL) ALL\n')
      await prove(line(sudoers, 'pat ALL=(ALL) ALL', { validate }), host)
      expect((await host.$`ls -A /etc/sudoers.d`).stdout).not.toContain('.lab')
    })

    it('that is not UTF-8 is refused', async () => {
      await host.$`printf 'a\\351\\n' >/etc/lab/latin`
      expect(await failure(line('/etc/lab/latin', 'b'), host)).toContain('/etc/lab/latin is not valid UTF-8 text')
      expect((await host.$`od -An -c /etc/lab/latin`).stdout).toBe('   a 351  \\n\n')
    })
  })

  describe('a download', () => {
    const url = 'http://127.0.0.1:8080'
    const perl =
      'use IO::Socket; my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 9, ReuseAddr => 1) or die $!; while (my $c = $s->accept) { my $l = <$c>; while (<$c> =~ /\\S/) {} my ($p) = $l =~ m{^GET /([\\w.-]+) }; my $d; if ($p && open(my $f, "<", "/srv/web/$p")) { binmode $f; local $/; $d = <$f> } print $c defined $d ? "HTTP/1.0 200 OK\\r\\nContent-Length: " . length($d) . "\\r\\n\\r\\n$d" : "HTTP/1.0 404 Not Found\\r\\n\\r\\n"; close $c }'
    const digests = new Map<string, string>()
    const of = (name: string): { url: string; sha256: string; insecure: true } => ({
      url: `${url}/${name}`,
      sha256: digests.get(name) ?? '0'.repeat(64),
      insecure: true,
    })

    beforeAll(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
      for (const version of ['1', '2']) {
        const root = join(folder, version, `tool-${version}`)
        mkdirSync(join(root, 'bin'), { recursive: true })
        writeFileSync(join(root, 'bin', 'tool'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 })
        writeFileSync(join(root, `only in ${version}`), '')
        execFileSync('tar', [
          '-C',
          join(folder, version),
          '-czf',
          join(folder, `tool-${version}.tar.gz`),
          `tool-${version}`,
        ])
        execFileSync('python3', ['-m', 'zipfile', '-c', join(folder, `tool-${version}.zip`), root])
      }
      await host.$`mkdir -p /srv/web`
      for (const name of ['tool-1.tar.gz', 'tool-2.tar.gz', 'tool-1.zip']) {
        await host.upload(join(folder, name), `/srv/web/${name}`)
        digests.set(
          name,
          createHash('sha256')
            .update(readFileSync(join(folder, name)))
            .digest('hex'),
        )
      }
      await host.$`perl -e ${perl} >/dev/null 2>&1 </dev/null &`
    })

    it('needs a program, which is named', async () => {
      expect(await failure(download({ ...of('tool-1.zip'), to: '/opt/a' }), host)).toContain(
        'the host has neither curl nor wget',
      )
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get install -y --no-download --no-install-recommends curl`
    })

    it('is a file with its mode and owner, which are kept by the next one', async () => {
      const to = '/opt/a tool'
      await prove(download({ ...of('tool-1.tar.gz'), to, mode: '0640', owner: 'deploy:adm' }), host, {
        change: `new, from ${url}/tool-1.tar.gz`,
      })
      const next = download({ ...of('tool-2.tar.gz'), to })
      expect(await failure(next, host)).toBe('nothing')
      expect(await next.check(host)).toBeNull()
      expect((await host.$`stat -c '%a %U:%G' -- ${to}; sha256sum <${to}`).stdout).toBe(
        `640 deploy:adm\n${digests.get('tool-2.tar.gz')}  -\n`,
      )
      await prove(download({ ...of('tool-2.tar.gz'), to, mode: '4755', owner: '0:0' }), host, { change: 'mode 4755' })
    })

    it('is a folder of an archive, which another version replaces as a whole', async () => {
      const to = '/opt/tool'
      const task = (version: number): Task =>
        download({ ...of(`tool-${version}.tar.gz`), to, unpack: true, strip: 1, owner: 'deploy' })
      await prove(task(1), host)
      expect((await host.$`${to}/bin/tool; ls -A ${to}; stat -c '%a %U' ${to} ${to}/bin/tool`).stdout).toBe(
        '1\n.cutover-download\nbin\nonly in 1\n755 deploy\n755 deploy\n',
      )
      await host.$`touch ${to}/data`
      expect(await failure(task(2), host)).toContain('/opt/tool has files that were not in the archive: data')
      await host.$`rm ${to}/data`
      expect(await failure(task(2), host)).toBe('nothing')
      expect(await task(2).check(host)).toBeNull()
      expect((await host.$`${to}/bin/tool; ls ${to}`).stdout).toBe('2\nbin\nonly in 2\n')
    })

    it('may be a zip', async () => {
      await prove(download({ ...of('tool-1.zip'), to: '/opt/zip', unpack: true, strip: 1 }), host)
      expect((await host.$`ls -A /opt/zip /opt/zip/bin`).stdout).toContain('only in 1')
      expect(await failure(download({ ...of('tool-1.zip'), to: '/opt/deep', unpack: true, strip: 9 }), host)).toContain(
        'nothing that is left after `strip`',
      )
    })

    it('that is not what it should be changes nothing, and leaves nothing', async () => {
      const before = (await host.$`ls -A /opt`).stdout
      expect(await failure(download({ ...of('tool-1.zip'), sha256: 'a'.repeat(64), to: '/opt/x' }), host)).toContain(
        `has another digest: ${digests.get('tool-1.zip')}, not aaa`,
      )
      expect(await failure(download({ ...of('nowhere'), to: '/opt/x' }), host)).toMatch(
        /could not be downloaded: .*404/,
      )
      await host.$`mkdir /opt/own; touch /opt/own/file`
      expect(await failure(download({ ...of('tool-1.zip'), to: '/opt/own', unpack: true }), host)).toContain(
        '/opt/own is not empty, and it is not from a download',
      )
      await host.$`rm -r /opt/own`
      expect((await host.$`ls -A /opt`).stdout).toBe(before)
    })
  })

  describe('a checkout', () => {
    const repository = '/srv/site.git'
    const to = '/srv/site'
    const commit = async (name: string): Promise<string> =>
      (
        await host.$`cd /srv/work; echo ${name} >file; runuser -u deploy -- git add file
          runuser -u deploy -- git -c user.name=a -c user.email=a@b commit -qm ${name}; runuser -u deploy -- git push -q origin HEAD:main
          runuser -u deploy -- git rev-parse HEAD`
      ).stdout.trim()
    const file = async (): Promise<string> => (await host.$`cat ${`${to}/file`}; stat -c %U ${`${to}/file`}`).stdout

    it('is at a tag, a branch or a commit, as its user', async () => {
      await host.$`install -d -o deploy /srv/work ${repository}; cd /
        runuser -u deploy -- git init -q --bare ${repository}; runuser -u deploy -- git init -q /srv/work
        cd /srv/work; runuser -u deploy -- git remote add origin ${repository}`
      const first = await commit('one')
      await host.$`cd /srv/work; runuser -u deploy -- git -c user.name=a -c user.email=a@b tag -m x v1; runuser -u deploy -- git push -q origin v1`
      await prove(git(to, { repository, ref: 'v1', user: 'deploy' }), host, { change: `new, v1 of ${repository}` })
      expect(await file()).toBe('one\ndeploy\n')
      await commit('two')
      await prove(git(to, { repository, ref: 'main', user: 'deploy' }), host, { change: 'main, commit ' })
      expect(await file()).toBe('two\ndeploy\n')
      await prove(git(to, { repository, ref: first, user: 'deploy' }), host)
      expect(await failure(git(to, { repository, ref: 'v2', user: 'deploy' }), host)).toContain("no tag 'v2'")
      expect(await failure(git(to, { repository, ref: 'v1' }), host)).toContain('belongs to another user')
    })

    it('with local changes or commits is left alone, unless it is told otherwise', async () => {
      const task = (force: boolean): Task => git(to, { repository, ref: 'main', user: 'deploy', force })
      await host.$`echo mine >${`${to}/file`}; touch ${`${to}/other`}`
      expect(await failure(task(false), host)).toContain('/srv/site has local changes: file\n')
      expect(await failure(task(true), host)).toBe('nothing')
      expect([await file(), await task(false).check(host)]).toEqual(['two\ndeploy\n', null])
      await host.$`ls ${`${to}/other`}; cd ${to}; runuser -u deploy -- git -c user.name=a -c user.email=a@b commit -q --allow-empty -m local`
      expect(await failure(task(false), host)).toContain('is at a commit that the repository does not have')
      expect(await failure(task(true), host)).toBe('nothing')
    })

    it('needs a folder of its own, and a repository', async () => {
      expect(await failure(git('/srv/web', { repository, ref: 'v1' }), host)).toContain('is a folder with files')
      expect(await failure(git('/srv/y', { repository: '/srv/none', ref: 'v1' }), host)).toMatch(
        /^the repository \/srv\/none does not answer: .*\n/,
      )
    })
  })

  it('facts are read', async () => {
    expect((await host.fact(packagesFact)).get('bash')).toMatch(/^5\./)
    const { memory, cpus, interfaces, mounts, virtualization } = await host.fact(machineFact)
    expect([memory > 1e8, cpus > 0, virtualization]).toEqual([true, true, 'docker'])
    expect(interfaces[0]).toMatchObject({ name: 'lo', addresses: [{ address: '127.0.0.1', prefix: 8 }] })
    expect(mounts.find(({ path }) => path === '/')?.size).toBeGreaterThan(1e8)
    // This host has no running systemd.
    await expect(host.fact(servicesFact)).rejects.toThrow()
  })
})
