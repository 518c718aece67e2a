import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { explain } from '../../runner/errors.ts'
import type { Host } from '../../runner/host/host.ts'
import { prove } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import { applied } from './applied.ts'
import { type Package, publish } from './publish.ts'
import { releases } from './releases.ts'
import { packages } from '../../tasks/system/packages.ts'
import { repository } from '../../tasks/system/repository.ts'
import { upgrade } from '../../tasks/system/upgrade.ts'

/** The installed packages of the lab, with their versions. */
const installed = async (host: Host): Promise<string[]> =>
  (
    await host.$({
      nothrow: true,
    })`dpkg-query -W -f ${'${db:Status-Abbrev}${Package} ${Version}\\n'} 'lab-*' 2>/dev/null`
  ).stdout
    .split('\n')
    .filter((line) => /^[ih]i/.test(line))
    .map((line) => line.slice(3).trim())
    .sort()

/** Why a task cannot be proved, in all its words. */
const whyNot = (task: Task, host: Host): Promise<string> =>
  prove(task, host).then(
    () => '',
    (error: unknown) => explain(error, 40).join('\n'),
  )

/** A change of a version is not taken back, so that it cannot be proved. */
function withoutUndo(task: Task): Task {
  const rest = { ...task }
  delete rest.undo
  return rest
}

describe.skipIf(!inject('lab')).each(releases)('packages on a real Debian %i', (debian) => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({ debian })
    host = there.host
    await host.$`rm -rf /etc/apt/sources.list.d; mkdir -p /etc/apt/sources.list.d; : >/etc/apt/sources.list`
    await publish(host, '/srv/main', [{ name: 'lab-plain' }])
    await host.write('/etc/apt/sources.list.d/main.list', 'deb [trusted=yes] file:/srv/main ./\n')
    await host.$`apt-get update`
  })
  afterAll(() => there.close())

  it('a source that was changed since the lists were read makes them read again, however young they are', async () => {
    await publish(host, '/srv/main', [
      { name: 'lab-plain' },
      { name: 'lab-more', version: '2.0' },
      { name: 'lab-more' },
    ])
    await host.$`apt-get update`
    await publish(host, '/srv/more', [{ name: 'lab-more', version: '3.0' }])
    await host.write('/etc/apt/sources.list.d/more.list', 'deb [trusted=yes] file:/srv/more ./\n')
    expect(await applied(packages({ present: ['lab-more'] }), host)).toBeNull()
    expect(await installed(host)).toEqual(['lab-more 3.0'])
    await host.$`dpkg --purge lab-more`
  })

  describe('with several versions, and packages that need each other', () => {
    const several: Package[] = [
      { name: 'lab-plain' },
      { name: 'lab-old', version: '1.0' },
      { name: 'lab-old', version: '1.1' },
      { name: 'lab-old', version: '2.0' },
      { name: 'lab-lib' },
      { name: 'lab-app', fields: { Depends: 'lab-lib' } },
      { name: 'lab-mail-a', fields: { Provides: 'lab-mail', Conflicts: 'lab-mail' } },
      { name: 'lab-mail-b', fields: { Provides: 'lab-mail', Conflicts: 'lab-mail' } },
      { name: 'lab-reader', fields: { Depends: 'lab-mail-a | lab-mail' } },
      { name: 'lab-extra', fields: { Recommends: 'lab-plain' } },
    ]
    beforeAll(async () => {
      await host.$`rm /etc/apt/sources.list.d/more.list`
      await publish(host, '/srv/main', several)
      await host.$`apt-get update`
    })

    it('a version may be named, and is then downgraded, upgraded and held', async () => {
      await prove(packages({ present: ['lab-old'] }), host, { change: 'install lab-old' })
      expect(await installed(host)).toEqual(['lab-old 2.0'])
      await prove(withoutUndo(packages({ present: { 'lab-old': '1.*' }, hold: ['lab-old'] })), host, {
        change: 'lab-old 2.0 → 1.*, hold lab-old',
        diff: ['-lab-old 2.0', '+lab-old 1.*'],
      })
      expect(await installed(host)).toEqual(['lab-old 1.1'])
      expect(await applied(packages({ latest: ['lab-old'] }), host)).toContain('held')
      await prove(withoutUndo(packages({ present: ['lab-old=1.0'], hold: ['lab-old'] })), host, {
        change: 'lab-old 1.1 → 1.0',
      })
      expect(await installed(host)).toEqual(['lab-old 1.0'])
      expect((await host.$`apt-mark showhold`).stdout).toBe('lab-old\n')
      await host.$`apt-mark unhold lab-old`
      await prove(packages({ latest: ['lab-old'] }), host, { change: 'lab-old 1.0 → 2.0' })
      expect(await applied(packages({ present: ['lab-old=3*'] }), host)).toMatch(/^apt has no lab-old=3\*/)
      expect(await applied(packages({ hold: ['lab-lib'] }), host)).toMatch(/^lab-lib can't be held/)
    })

    it('the newest is asked for with lists that are not old, and the check leaves them as they are', async () => {
      await host.$`apt-get install -y --allow-downgrades lab-old=1.0`
      await publish(host, '/srv/main', [...several, { name: 'lab-old', version: '2.5' }])
      await host.$`touch -d '2 days ago' /var/lib/apt/lists`
      const before = (await host.$`ls -lA --time-style=full-iso /var/lib/apt/lists`).stdout
      expect((await packages({ latest: ['lab-old'] }).check(host))?.summary).toBe('lab-old 1.0 → 2.5')
      expect((await upgrade().check(host))?.summary).toBe('upgrade 1 package: lab-old')
      expect(
        (await host.$`ls -lA --time-style=full-iso /var/lib/apt/lists; ls -d /tmp/tmp.* 2>/dev/null || :`).stdout,
      ).toBe(before)
      await prove(upgrade(), host, { diff: ['-lab-old 1.0', '+lab-old 2.5'] })
      expect(await installed(host)).toContain('lab-old 2.5')
    })

    it('an undo removes what was not there before, with what apt installed for it, and nothing else', async () => {
      await host.$`dpkg --purge lab-app lab-lib lab-plain || :; apt-get install -y lab-lib; apt-mark auto lab-lib`
      const before = await installed(host)
      const task = packages({ present: ['lab-app', 'lab-reader'] })
      const change = await task.check(host)
      await task.apply(host, change ?? { summary: '' })
      expect(await installed(host)).toEqual(expect.arrayContaining(['lab-app 1.0', 'lab-mail-a 1.0', 'lab-reader 1.0']))
      await task.undo?.(host, change ?? { summary: '' })
      expect(await installed(host)).toEqual(before)
      // A package of somebody else needs it by now.
      const lib = packages({ present: ['lab-mail-a'] })
      const wanted = await lib.check(host)
      await lib.apply(host, wanted ?? { summary: '' })
      await host.$`apt-get install -y lab-reader`
      await expect(lib.undo?.(host, wanted ?? { summary: '' })).rejects.toThrow('also have to remove lab-reader')
      expect(await installed(host)).toEqual(expect.arrayContaining(['lab-mail-a 1.0', 'lab-reader 1.0']))
      await host.$`dpkg --purge lab-reader lab-mail-a`
    })

    it('nothing but what was named is removed', async () => {
      await host.$`apt-get install -y lab-app lab-plain`
      expect(await applied(packages({ absent: ['lab-lib'] }), host)).toMatch(
        /^to remove lab-lib, apt would also have to remove lab-app\n/,
      )
      expect(await installed(host)).toContain('lab-app 1.0')
      await prove(packages({ absent: ['lab-app'], autoremove: true }), host, {
        change: 'remove lab-app, and with it lab-lib',
        diff: ['-lab-app 1.0'],
      })
      expect(await installed(host)).toContain('lab-plain 1.0')
      await host.$`apt-get install -y lab-app`
      await prove(packages({ absent: ['lab-lib'], alsoRemoves: ['lab-app'] }), host, {
        change: 'remove lab-lib, and with it lab-app',
      })
    })

    it('a package may take the place of another in one go', async () => {
      await host.$`apt-get install -y lab-reader`
      expect(await applied(packages({ absent: ['lab-mail-a'] }), host)).toMatch(/^to remove lab-mail-a, apt would /)
      expect(await applied(packages({ present: ['lab-mail-b'] }), host)).toMatch(/apt would have to remove lab-mail-a/)
      await prove(packages({ present: ['lab-mail-b'], absent: ['lab-mail-a'] }), host)
      expect(await installed(host)).toEqual(expect.arrayContaining(['lab-mail-b 1.0', 'lab-reader 1.0']))
    })

    it('what is recommended comes only if it is asked for', async () => {
      await host.$`dpkg --purge lab-plain`
      await prove(packages({ present: ['lab-extra'] }), host)
      expect(await installed(host)).not.toContain('lab-plain 1.0')
      await host.$`dpkg --purge lab-extra`
      await prove(packages({ present: ['lab-extra'], recommends: true }), host)
      expect(await installed(host)).toContain('lab-plain 1.0')
    })
  })

  describe('a repository', () => {
    const fixture = (name: string): string => join(import.meta.dirname, 'signed-repository', name)
    const fingerprints = {
      signer: 'E193 E296 A372 3EA5 F69D  64A9 7F7F A357 FA29 4D98',
      other: '10334AC98E142B061A3FEC45BBA73D00FE7B3D33',
    }
    const signed = { uris: 'file:/srv/signed', suites: './' }
    /** The files of apt about the repository. */
    const files = async (): Promise<string> =>
      (await host.$({ nothrow: true })`ls /etc/apt/sources.list.d/lab.sources /etc/apt/keyrings/lab.asc 2>/dev/null`)
        .stdout
    beforeAll(async () => {
      await host.$`mkdir /srv/signed`
      for (const name of ['Packages', 'InRelease'])
        await host.write(`/srv/signed/${name}`, readFileSync(fixture(name), 'utf8'))
    })

    it('that is signed by another key is explained, and taken back', async () => {
      const task = repository('lab', { ...signed, key: fixture('other.asc'), fingerprint: fingerprints.other })
      expect(await whyNot(task, host)).toContain('not signed by a key that apt knows')
      expect(await files()).toBe('')
    })

    it('that does not answer is explained, and taken back', async () => {
      const task = repository('lab', { uris: 'file:/srv/nowhere', suites: './', key: fixture('signer.asc') })
      expect(await whyNot(task, host)).toContain('File not found')
      expect(await files()).toBe('')
    })

    it('is read, and its packages are known; a key is fetched by its URL, and compared', async () => {
      const server = createServer((_, response) => void response.end(readFileSync(fixture('signer.asc'))))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const key = `http://127.0.0.1:${port}/key`
      const wrong = repository('lab', { ...signed, key, fingerprint: fingerprints.other })
      expect(await whyNot(wrong, host)).toMatch(/has the fingerprint E193E296/)
      const right = repository('lab', { ...signed, key, fingerprint: fingerprints.signer })
      await prove(right, host, {
        change: 'new, key E193E296',
        diff: ['+URIs: file:/srv/signed', '+Signed-By: /etc/apt/keyrings/lab.asc'],
      })
      await new Promise((resolve) => server.close(resolve))
      expect((await host.$`apt-cache policy lab-signed`).stdout).toContain('Candidate: 1.0')
      expect((await host.$`stat -c '%a %U' /etc/apt/sources.list.d/lab.sources /etc/apt/keyrings/lab.asc`).stdout).toBe(
        '644 root\n644 root\n',
      )
      expect((await packages({ present: ['lab-signed'] }).check(host))?.summary).toBe('install lab-signed')
      // The server is gone, and the key on the host is the right one.
      expect(await repository('lab', { ...signed, key, fingerprint: fingerprints.signer }).check(host)).toBeNull()
    })

    it('that is changed is read again, and one that two files name is taken back', async () => {
      await prove(
        repository('lab', { ...signed, architectures: ['amd64', 'i386'], key: fixture('signer.asc') }),
        host,
        {
          change: 'sources',
          diff: ['+Architectures: amd64 i386'],
        },
      )
      const twice = repository('lab-2', { ...signed, key: fixture('signer.asc') })
      expect(await whyNot(twice, host)).toMatch(/two files name the repository file:\/srv\/signed/)
      await host.$`apt-get update`
    })
  })
})
