import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { explain } from '../../runner/errors.ts'
import type { Host } from '../../runner/host/host.ts'
import { dockerEngine } from '../../tasks/docker/engine/engine.ts'
import { packages } from '../../tasks/system/packages.ts'
import { applied } from './applied.ts'
import { releases } from './releases.ts'

interface Package {
  name: string
  version?: string
  /** Fields of its control file. */
  fields?: Record<string, string>
  /** Programs in /usr/bin, by their shell script. */
  programs?: Record<string, string>
  postinst?: string
}

const repository = '/srv/repository'
const answersIf = (plugin: string): string => `[ "$1" = compose ] && [ -e ${plugin} ] && echo 2.40`

/** Stand-ins with the fields that the real packages have, as their makers' control files say. */
const dockers: Package[] = [
  {
    name: 'containerd.io',
    version: '1.7.29',
    fields: { Provides: 'containerd, runc', Conflicts: 'containerd, runc', Replaces: 'containerd, runc' },
  },
  {
    name: 'docker-ce-cli',
    version: '5:29.0.0',
    fields: { Conflicts: 'docker (<< 1.5~), docker-engine, docker.io' },
    programs: { docker: answersIf('/usr/bin/docker-compose-plugin') },
  },
  {
    name: 'docker-ce',
    version: '5:29.0.0',
    fields: {
      Depends: 'containerd.io (>= 1.7.27), docker-ce-cli',
      Conflicts: 'docker (<< 1.5~), docker-engine, docker.io',
      Replaces: 'docker-engine',
    },
    programs: { dockerd: ':' },
  },
  {
    name: 'docker-compose-plugin',
    version: '2.40',
    fields: { Enhances: 'docker-ce-cli', Conflicts: 'docker-compose', Replaces: 'docker-compose' },
    programs: { 'docker-compose-plugin': ':' },
  },
  { name: 'runc', version: '1.1.15' },
  { name: 'containerd', version: '1.7.24', fields: { Depends: 'runc' } },
  {
    name: 'docker-cli',
    fields: { Conflicts: 'docker-ce-cli, podman-docker' },
    programs: { docker: answersIf('/usr/bin/docker-compose') },
  },
  {
    name: 'docker.io',
    fields: { Depends: 'containerd (>= 1.4~), runc', Conflicts: 'docker-ce, docker-ce-rootless-extras' },
    programs: { dockerd: ':' },
  },
  { name: 'docker-compose', fields: { Recommends: 'docker-cli' }, programs: { 'docker-compose': ':' } },
]

/** Makes packages, and the index of a repository of files that has exactly these. */
async function publish(host: Host, packages: readonly Package[]): Promise<void> {
  await host.$`rm -rf ${repository} /etc/apt/sources.list.d; mkdir -p ${repository} /etc/apt/sources.list.d; : >/etc/apt/sources.list`
  for (const { name, version = '1.0', fields = {}, programs = {}, postinst } of packages) {
    const folder = `/tmp/build/${name}`
    const control = Object.entries({
      Package: name,
      Version: version,
      Architecture: 'all',
      Maintainer: 'lab <lab@localhost>',
      ...fields,
      Description: 'a stand-in',
    })
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('')
    await host.$`mkdir -p ${`${folder}/DEBIAN`} ${`${folder}/usr/bin`} ${`${folder}/usr/share/lab/${name}`}; touch ${`${folder}/usr/share/lab/${name}/is here`}`
    await host.write(`${folder}/DEBIAN/control`, control)
    if (postinst) await host.write(`${folder}/DEBIAN/postinst`, `#!/bin/sh\n${postinst}\n`, { mode: '755' })
    for (const [program, script] of Object.entries(programs))
      await host.write(`${folder}/usr/bin/${program}`, `#!/bin/sh\n${script}\n`, { mode: '755' })
    const deb = `${name}_${version.replace(':', '-')}.deb`
    await host.$`dpkg-deb -Zgzip -b ${folder} ${`${repository}/${deb}`}; rm -rf ${folder}
      { cat ${`${repository}/${deb}`} | { dpkg-deb -f /dev/stdin; }; echo "Filename: ./"${deb}; echo "Size: $(stat -c %s ${`${repository}/${deb}`})"; echo "SHA256: $(sha256sum <${`${repository}/${deb}`} | cut -d ' ' -f 1)"; echo; } >>${`${repository}/Packages`}`
  }
  await host.write('/etc/apt/sources.list.d/lab.list', `deb [trusted=yes] file:${repository} ./\n`)
  await host.$`apt-get update`
}

const installed = async (host: Host): Promise<string[]> =>
  (
    await host.$({
      nothrow: true,
    })`dpkg-query -W -f ${'${db:Status-Abbrev} ${Package}\\n'} 'docker*' 'containerd*' runc 'lab-*' 2>/dev/null`
  ).stdout
    .split('\n')
    .filter((line) => /^[ih]i/.test(line))
    .map((line) => line.slice(4).trim())
    .sort()
/** Every package of the kind that an earlier test left. */
const purge = (host: Host): Promise<unknown> =>
  host.$({
    nothrow: true,
  })`dpkg --purge --force-all $(dpkg-query -W -f ${'${Package} '} 'docker*' 'containerd*' runc 'lab-*' 2>/dev/null)`

/** A command of the test that failed shows what it printed. */
const shown = (error: unknown): never => {
  throw new Error(explain(error, 40).join('\n'))
}

describe.skipIf(!inject('lab')).each(releases)('apt on a real Debian %i', (debian) => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({ debian })
    host = there.host
  })
  afterAll(() => there.close())
  // What a test before has read of the host is old.
  beforeEach(() => there.facts.changed())

  describe('a Docker that is there', () => {
    it('docker-ce without its plugin keeps all it has, and gets the plugin of its own kind', async () => {
      await publish(host, dockers)
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get install -y docker-ce`.catch(shown)
      // Without --no-remove, and by the distribution's names, apt takes docker-ce away: that is the fault. The apt of
      // Debian 12 finds no way to do so.
      const byName = await host.$({ nothrow: true })`apt-get -s install -y docker.io docker-cli docker-compose`
      expect(byName.stdout).toMatch(debian === 12 ? /containerd.io : Conflicts: containerd/ : /REMOVED:\n[^]*docker-ce/)
      expect(await applied(dockerEngine(), host)).toBeNull()
      expect(await installed(host)).toEqual(['containerd.io', 'docker-ce', 'docker-ce-cli', 'docker-compose-plugin'])
      there.facts.changed()
      expect(await dockerEngine().check(host)).toBeNull()
    })

    it('packages of the inventory that would take it away are refused, with what would go', async () => {
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get purge -y docker-compose-plugin`.catch(shown)
      const said = await applied(dockerEngine({ packages: ['docker.io', 'docker-compose'] }), host)
      if (debian === 12)
        expect(said).toMatch(
          /^apt can't install docker.io docker-compose beside what is there\n.*\nNothing was changed/,
        )
      else {
        expect(said).toMatch(/to install docker.io docker-compose, apt would have to remove .*docker-ce/)
        expect(said).toContain('no package is removed unasked')
      }
      expect(await installed(host)).toEqual(['containerd.io', 'docker-ce', 'docker-ce-cli'])
    })

    it('docker-ce whose repository is gone is left, and it is said where its plugin would come from', async () => {
      await publish(
        host,
        dockers.filter(({ name }) => name !== 'docker-compose-plugin'),
      )
      const said = await applied(dockerEngine(), host)
      expect(said).toContain('apt knows no such package')
      expect(await installed(host)).toEqual(['containerd.io', 'docker-ce', 'docker-ce-cli'])
    })

    it('docker.io without compose gets the distribution’s, which Debian 12 does not have', async () => {
      await purge(host)
      await publish(host, dockers)
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get install -y docker.io docker-cli`.catch(shown)
      there.facts.changed()
      const said = await applied(dockerEngine(), host)
      if (debian === 12) expect(said).toContain('debian 12 has no compose v2 for its docker.io')
      else expect(said).toBeNull()
      const compose = debian === 12 ? [] : ['docker-compose']
      expect(await installed(host)).toEqual(['containerd', 'docker-cli', ...compose, 'docker.io', 'runc'])
    })

    it('one that a person put there as a program is refused with the mend, and left alone once its compose works', async () => {
      await purge(host)
      for (const program of ['docker', 'dockerd'])
        await host.write(`/usr/local/bin/${program}`, '#!/bin/sh\n[ -e /root/plugin ] && echo 2.40\n', { mode: '755' })
      there.facts.changed()
      expect(await applied(dockerEngine(), host)).toMatch(/no package brought \(\/usr\/local\/bin\/dockerd\)/)
      await host.$`touch /root/plugin`
      there.facts.changed()
      expect(await dockerEngine().check(host)).toBeNull()
      await host.$`rm /root/plugin /usr/local/bin/docker /usr/local/bin/dockerd`
      expect(await installed(host)).toEqual([])
    })
  })

  describe('what apt refuses is said in our words', () => {
    const labs: Package[] = [
      { name: 'lab-old', version: '1.0' },
      { name: 'lab-exact', fields: { Depends: 'lab-old (= 1.0)' } },
      { name: 'lab-new', fields: { Depends: 'lab-old (>= 2.0)' } },
      { name: 'lab-broken', postinst: 'echo this goes wrong >&2; exit 1' },
      { name: 'lab-plain' },
    ]

    it('held packages', async () => {
      await publish(host, [...labs, { name: 'lab-old', version: '2.0' }])
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get install -y lab-old=1.0`.catch(shown)
      await host.$`apt-mark hold lab-old`
      expect(await applied(packages({ present: ['lab-new'] }), host)).toMatch(/apt-mark showhold|held/)
      expect(await installed(host)).toEqual(['lab-old'])
      await host.$`apt-mark unhold lab-old`
    })

    it('a package that would have to be downgraded', async () => {
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get install -y lab-old=2.0`.catch(shown)
      await publish(host, labs)
      expect(await applied(packages({ present: ['lab-exact'] }), host)).toMatch(
        /downgrade lab-old|can't install lab-exact beside what is there/,
      )
      expect((await host.$`dpkg-query -W -f ${'${Version}'} lab-old`).stdout).toBe('2.0')
    })

    it('a package that nobody has, by its name', async () => {
      expect(await applied(packages({ present: ['lab-plain', 'lab-nowhere'] }), host)).toMatch(
        /^apt has no lab-nowhere\n/,
      )
    })

    it('a package whose own script fails, and dpkg left half-way', async () => {
      const said = await applied(packages({ present: ['lab-broken'] }), host)
      expect(said).toContain('dpkg could not set up lab-broken')
      expect(said).toContain('this goes wrong')
      expect(said).toContain('sudo dpkg --configure -a')
      await host.$({ nothrow: true })`dpkg --purge --force-all lab-broken`
      await host.$`touch /var/lib/dpkg/updates/0001`
      expect(await applied(packages({ present: ['lab-plain'] }), host)).toMatch(
        /dpkg was interrupted before[^]*sudo dpkg --configure -a/,
      )
      await host.$`rm -f /var/lib/dpkg/updates/0001`
    })

    it('a repository that does not answer keeps no package of another from being installed', async () => {
      await host.write('/etc/apt/sources.list.d/gone.list', 'deb [trusted=yes] file:/srv/nowhere ./\n')
      await host.$`touch -d '3 days ago' /var/lib/apt/lists`
      expect(await applied(packages({ present: ['lab-plain'] }), host)).toBeNull()
      await host.$`rm /etc/apt/sources.list.d/gone.list; dpkg --purge lab-plain`
    })
  })

  describe('a lock that another process has', () => {
    /** Takes a lock as apt does (fcntl), for so many seconds; the host has perl, and not much else. */
    const perl =
      'use Fcntl; open(my $file, ">>", $ARGV[0]) or die; my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl($file, F_SETLK, $lock) or die "$!"; open(my $mark, ">", "/tmp/lab-held"); close $mark; sleep $ARGV[1]'
    async function hold(path: string, seconds: number): Promise<{ end: Promise<unknown> }> {
      await host.$`rm -f /tmp/lab-held`
      const end = there.second.$`${['perl', '-e', perl, path, String(seconds)]}`.then(() => undefined)
      await Promise.race([end, host.$`until [ -e /tmp/lab-held ]; do sleep 0.05; done`])
      return { end }
    }

    it.each(['/var/lib/apt/lists/lock', '/var/cache/apt/archives/lock', '/var/lib/dpkg/lock-frontend'])(
      '%s is waited for, and it is shown who has it',
      async (path) => {
        await host.$({
          nothrow: true,
        })`dpkg --purge lab-plain; touch -d '3 days ago' /var/lib/apt/lists`
        const from = there.liveLines.length
        const held = await hold(path, 2)
        expect(await applied(packages({ present: ['lab-plain'] }), host)).toBeNull()
        await held.end
        expect(there.liveLines.slice(from).join('\n')).toMatch(
          new RegExp(`(waiting for apt|Waiting for cache lock).*${path}.* held by process \\d+ \\(perl\\)`),
        )
      },
    )

    it.each(['/var/lib/apt/lists/lock', '/var/cache/apt/archives/lock', '/var/lib/dpkg/lock-frontend'])(
      '%s that is held for longer is an error that names who has it',
      async (path) => {
        await host.$({
          nothrow: true,
        })`dpkg --purge lab-plain; touch -d '3 days ago' /var/lib/apt/lists`
        const held = await hold(path, 3)
        expect(await applied(packages({ present: ['lab-plain'], patience: 1 }), host)).toMatch(
          new RegExp(`apt is busy: ${path} is still held by process \\d+ \\(perl\\)[^]*unattended-upgrades`),
        )
        await held.end
        expect(await installed(host)).not.toContain('lab-plain')
      },
    )
  })
})
