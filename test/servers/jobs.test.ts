import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { postgres as postgresImage } from '../../lab/base-images.ts'
import { containerOf } from '../../lab/containers.ts'
import { docker } from '../../lab/engine.ts'
import { down, type Lab, up } from '../../lab/lab.ts'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import type { Host } from '../../runner/host/host.ts'
import { noVariables, parseInventory } from '../../runner/inventory/index.ts'
import type { OnHost } from '../../runner/play/on-host.ts'
import type { OnOptions } from '../../runner/play/on-options.ts'
import { Secret } from '../../runner/secret/index.ts'
import { prove } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import { type Ran, ranOn } from '../runner/ran.ts'
import { publicKey } from '../tasks/system/public-key-of.ts'
import { publish } from '../integration/publish.ts'
import { rootOf } from '../integration/root-of.ts'

const lab = inject('lab')

type Side = 'before' | 'after'

/** The tasks of a job of bench/jobs, made anew, as for each run. */
async function tasksOf(side: Side, name: string, values: readonly unknown[]): Promise<Task[]> {
  const { job } = (await import(`../../bench/jobs/${side}/${name}.ts`)) as { job: (...values: unknown[]) => Task[] }
  return job(...values)
}

/**
 * Proves every task of a job on a host on which each has something to change, then its handlers, and that a second run
 * changes nothing. No change shows a secret.
 */
async function proveJob(side: Side, name: string, host: Host, ...values: readonly unknown[]): Promise<void> {
  const tasks = await tasksOf(side, name, values)
  const changes: string[] = []
  for (const task of tasks) {
    const { summary, before, after } = await prove(task, host)
    changes.push([summary, before, after].join('\n'))
  }
  for (const secret of secretsIn(values)) expect(changes.join('\n')).not.toContain(secret.reveal())
  const handlers = new Map(
    tasks.flatMap(({ notify = [] }) => notify.map((handler) => [handler.name, handler] as const)),
  )
  for (const handler of handlers.values()) await prove(handler, host)
  for (const task of await tasksOf(side, name, values)) expect(await task.check(host), task.name).toBeNull()
}

const secretsIn = (values: readonly unknown[]): Secret[] =>
  values
    .flatMap((value) =>
      typeof value === 'object' && !(value instanceof Secret) ? (Object.values(value ?? {}) as unknown[]) : [value],
    )
    .filter((value) => value instanceof Secret)

/** Proves the one task that still has something to change. */
async function proveOnly(tasks: readonly Task[], host: Host, index: number): Promise<void> {
  for (const [each, task] of tasks.entries())
    if (each === index) await prove(task, host)
    else expect(await task.check(host), task.name).toBeNull()
}

const output = async (host: Host, script: string): Promise<string> =>
  (await host.$({ nothrow: true })`${['sh', '-c', script]}`).stdout

/** With the right to mount, to set the name and the kernel's settings: those of the container's own namespaces. */
const powers = [
  ...['--network', 'none', '--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--security-opt', 'apparmor=unconfined'],
  ...['--security-opt', 'seccomp=unconfined', '--security-opt', 'systempaths=unconfined'],
]

/** The lab's image has no git: that of this machine runs there. */
const borrowed = ['/usr/bin/git', '/usr/lib/git-core'].flatMap((path) => ['-v', `${path}:${path}:ro`])

const program = (script: string): string => `#!/bin/sh\n${script}\n`

describe.skipIf(!lab).each<Side>(['after', 'before'])('the jobs of bench/jobs, %s', (side) => {
  describe('on a throw-away host', () => {
    let there: ThrowAway
    let host: Host
    beforeAll(async () => {
      there = await throwAway({ run: [...powers, ...borrowed] })
      host = there.host
    })
    afterAll(() => there.close())

    it('users and groups', async () => {
      const password = new Secret('$6$salt$c3VyZWx5IG5vdCBhIHBhc3N3b3Jk', 'hash of ann')
      await proveJob(side, 'users-and-groups', host, password)
      expect(await output(host, 'getent passwd ann shop guest; id -nG ann; id -nG shop; getent group web')).toMatch(
        /^ann:x:\d+:\d+:Ann Lee:\/home\/ann:\/bin\/bash\nshop:x:\d+:\d+::\/var\/lib\/shop:\/usr\/sbin\/nologin\nann adm web\nshop web\nweb:x:2000:.*\n$/,
      )
      expect(await output(host, 'getent shadow ann')).toContain(`:${password.reveal()}:`)
    })

    it('authorized keys', async () => {
      const [pat = '', ci = '', other = ''] = ['a', 'b', 'c'].map(publicKey)
      await host.$`install -d -o deploy -m 755 /home/deploy/.ssh`
      await host.write('/home/deploy/.ssh/authorized_keys', `# mine\n${other} other\n${ci}\n`)
      await proveJob(side, 'authorized-keys', host, { pat: `${pat} pat@laptop`, ci: `${ci} ci` })
      expect(await host.read('/home/deploy/.ssh/authorized_keys')).toBe(
        `# mine\nfrom="10.0.0.0/8",restrict ${ci} ci\n${pat} pat@laptop\n`,
      )
      expect(await output(host, 'stat -c "%a %U" /home/*/.ssh /home/*/.ssh/authorized_keys | sort')).toBe(
        '600 deploy\n600 pat\n700 deploy\n700 pat\n',
      )
    })

    it('sudoers', async () => {
      await proveJob(side, 'sudoers', host)
      expect(await output(host, 'visudo -c; stat -c %a /etc/sudoers.d/release; ls /etc/sudoers.d')).toMatch(
        /parsed OK\n440\nREADME\nadmins\ndeploy\npat\nrelease\n$/,
      )
    })

    it('sysctl', async () => {
      await proveJob(side, 'sysctl', host)
      expect(await output(host, 'cat /proc/sys/net/core/somaxconn')).toBe('8192\n')
    })

    it('mount', async () => {
      await host.$`echo '# mine' >/etc/fstab`
      await proveJob(side, 'mount', host)
      expect(await output(host, 'cat /etc/fstab; findmnt -n -o OPTIONS /srv/cache; ls -d /srv/logs/dpkg.log')).toMatch(
        /^# mine\ntmpfs \/srv\/cache tmpfs size=64m,mode=750 0 0\n\/var\/log \/srv\/logs none bind 0 0\n.*size=65536k.*\n\/srv\/logs\/dpkg.log\n$/,
      )
    })

    /** The kernel of the container is that of this machine, which gets no swap: stand-ins tell what they were asked for. */
    it('swap', async () => {
      const standIns = {
        swapon: '[ "$1" = -- ] && echo "$2" >>/run/swaps || cat /run/swaps 2>/dev/null || :',
        swapoff: 'grep -vxF -e "$2" /run/swaps >/run/swaps.new; mv /run/swaps.new /run/swaps',
      }
      for (const [name, script] of Object.entries(standIns))
        await host.write(`/usr/local/sbin/${name}`, program(script), { mode: '755' })
      await proveJob(side, 'swap', host)
      expect(await output(host, 'stat -c "%s %a" /opt/swap; cat /run/swaps; grep swap /etc/fstab')).toBe(
        '4194304 600\n/opt/swap\n/opt/swap none swap sw 0 0\n',
      )
    })

    /** Stand-ins for the packages tzdata and locales, which a host without a network cannot install. */
    it('host identity', async () => {
      // Docker mounts these two: as plain files they can be replaced.
      await host.$`for file in /etc/hostname /etc/hosts; do content=$(cat "$file"); umount "$file"; echo "$content" >"$file"; done
        mkdir -p /usr/share/zoneinfo/Europe /usr/share/i18n; touch /usr/share/zoneinfo/Europe/Berlin
        echo 'de_DE.UTF-8 UTF-8' >/usr/share/i18n/SUPPORTED; echo '# de_DE.UTF-8 UTF-8' >/etc/locale.gen`
      await host.write(
        '/usr/local/sbin/locale-gen',
        program(
          'rm -rf /usr/lib/locale/de_DE.utf8; if grep -q "^de_DE.UTF-8 UTF-8$" /etc/locale.gen; then cp -r /usr/lib/locale/C.utf8 /usr/lib/locale/de_DE.utf8; fi',
        ),
        { mode: '755' },
      )
      await proveJob(side, 'host-identity', host)
      expect(await output(host, 'hostname; cat /etc/hostname; readlink /etc/localtime; locale -a | grep de')).toBe(
        'web-7\nweb-7\n/usr/share/zoneinfo/Europe/Berlin\nde_DE.utf8\n',
      )
      expect(await output(host, 'grep LANG /etc/locale.conf; grep web-7 /etc/hosts')).toMatch(
        /^LANG=de_DE.UTF-8\n127.0.1.1\sweb-7\n$/,
      )
    })

    it('git checkout', async () => {
      const repository = '/srv/site.git'
      await host.$({ as: 'root' })`install -d -o deploy ${repository} /srv/work`
      const inWork = host.$({ as: 'deploy', cwd: '/srv/work' })
      await inWork`git init -q --bare ${repository}; git init -q .; git config user.name a; git config user.email a@b`
      for (const tag of ['v1', 'v2'])
        await inWork`echo ${tag} >file; git add file; git commit -qm ${tag}; git tag -m x ${tag}; git push -q ${repository} ${tag}`
      await proveJob(side, 'git-checkout', host, repository, 'v1')
      expect(await output(host, 'cat /srv/site/built; stat -c %U /srv/site/file')).toBe('v1\ndeploy\n')
      await proveJob(side, 'git-checkout', host, repository, 'v2')
      expect(await output(host, 'cat /srv/site/built')).toBe('v2\n')
    })

    it('download', async () => {
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get install -y --no-download --no-install-recommends curl`
      const digests = await serve(host, ['1', '2'])
      const url = (version: string): string => `http://127.0.0.1:8080/tool-${version}.tar.gz`
      await proveJob(side, 'download', host, url('1'), digests.get('1'))
      expect(await output(host, '/usr/local/bin/tool')).toBe('1\n')
      const [next] = await tasksOf(side, 'download', [url('2'), digests.get('2')])
      const change = await next?.check(host)
      await next?.apply(host, change ?? { summary: '' })
      expect(await output(host, '/usr/local/bin/tool')).toBe('2\n')
      const [wrong] = await tasksOf(side, 'download', [
        url('1'),
        digests.get('2')?.replace(/^./, 'x').replace('x', 'f'),
      ])
      await expect(wrong?.apply(host, (await wrong.check(host)) ?? { summary: '' })).rejects.toThrow()
      expect(await output(host, '/usr/local/bin/tool; ls /opt')).toBe('2\nswap\ntool\n')
    })

    it('cron job, and log rotation', async () => {
      await proveJob(side, 'cron-job', host)
      expect(await host.read('/etc/cron.d/backup')).toContain(
        '30 3 * * * root /usr/local/bin/backup >/var/log/backup-$(date +\\%F).log',
      )
      await proveJob(side, 'log-rotation', host)
      expect(await output(host, 'stat -c "%a %U:%G" /var/log/shop /etc/logrotate.d/shop')).toBe(
        '750 root:adm\n644 root:root\n',
      )
    })
  })

  describe('on a host with packages of its own', () => {
    let there: ThrowAway
    let host: Host
    beforeAll(async () => {
      there = await throwAway()
      host = there.host
      await host.$`rm -rf /etc/apt/sources.list.d; mkdir -p /etc/apt/sources.list.d; : >/etc/apt/sources.list`
      await publish(host, '/srv/main', [
        { name: 'curl' },
        ...['1.26.1', '1.26.3', '1.28.0'].map((version) => ({ name: 'nginx', version })),
        { name: 'apache2' },
        { name: 'unattended-upgrades' },
        { name: 'apt-listchanges' },
        // The signed repository has an index alone.
        { name: 'lab-signed', version: '1.1' },
      ])
      await host.write('/etc/apt/sources.list.d/main.list', 'deb [trusted=yes] file:/srv/main ./\n')
      await host.$`apt-get update`
    })
    afterAll(() => there.close())

    const installed = (): Promise<string> =>
      output(host, "dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Version}\\n' nginx apache2 | sort")

    it('package versions', async () => {
      await host.$`apt-get install -y apache2 nginx`
      await proveJob(side, 'package-versions', host)
      expect(await installed()).toBe('hi nginx 1.26.3\n')
      expect(await output(host, 'apt-mark showhold')).toBe('nginx\n')
    })

    it('apt repository', async () => {
      const fixture = (name: string): string => join(import.meta.dirname, '../integration/signed-repository', name)
      await host.$`mkdir /srv/signed; sleep 1`
      for (const name of ['Packages', 'InRelease'])
        await host.write(`/srv/signed/${name}`, readFileSync(fixture(name), 'utf8'))
      await proveJob(side, 'apt-repository', host, 'file:/srv/signed', fixture('signer.asc'))
      expect(await output(host, 'apt-cache policy lab-signed')).toMatch(/Installed: 1.1\n[^]*file:\/srv\/signed/)
    })

    it('unattended upgrades', async () => {
      await proveJob(side, 'unattended-upgrades', host)
      expect(await output(host, 'apt-config dump | grep Automatic-Reboot')).toContain('"04:30"')
    })
  })

  describe('on a host with PostgreSQL', () => {
    let there: ThrowAway
    let host: Host
    beforeAll(async () => {
      there = await throwAway({ image: postgresImage })
      host = there.host
      await host.$`rm -rf /etc/apt/sources.list.d; mkdir -p /etc/apt/sources.list.d; : >/etc/apt/sources.list`
      await publish(host, '/srv/main', [{ name: 'postgresql' }])
      await host.write('/etc/apt/sources.list.d/main.list', 'deb [trusted=yes] file:/srv/main ./\n')
      await host.$`apt-get update`
      // As Debian's package sets it up.
      await host.$({ as: 'postgres', cwd: '/tmp' })`bin=$(echo /usr/lib/postgresql/*/bin)
        "$bin/initdb" -D /tmp/data --auth-local=peer --auth-host=scram-sha-256
        "$bin/pg_ctl" -D /tmp/data -l /tmp/log -o '-c listen_addresses=127.0.0.1' -w start >/dev/null 2>&1`
    })
    afterAll(() => there.close())

    it('postgresql', async () => {
      const password = `it's "a" \\ $x`
      await proveJob(side, 'postgresql', host, new Secret(password, 'password of the shop'))
      const query = ['psql', '-h', '127.0.0.1', '-U', 'shop', '-tAc', 'select current_user']
      expect((await host.$({ env: { PGPASSWORD: password } })`${query}`).text()).toBe('shop')
      await proveOnly(await tasksOf(side, 'postgresql', [new Secret('another one', 'new password')]), host, 1)
      expect((await host.$({ env: { PGPASSWORD: 'another one' } })`${query}`).text()).toBe('shop')
    })
  })

  // Of its own, because the jobs change how it is logged in to.
  describe('on a host with systemd', () => {
    let own: Lab
    let host: Host
    let close: () => Promise<void>
    beforeAll(async () => {
      own = await up(`${lab?.name}-${side}`, 1, () => undefined)
      ;({ host, close } = await rootOf(own, 'web-1'))
      await host.$`DEBIAN_FRONTEND=noninteractive apt-get install -y --no-download --no-install-recommends curl
        rm -rf /etc/apt/sources.list.d; mkdir -p /etc/apt/sources.list.d; : >/etc/apt/sources.list`
    })
    afterAll(async () => {
      await close()
      await down(own.name)
    })

    it('sshd', async () => {
      await host.write('/etc/ssh/sshd_config.d/50-cloud-init.conf', 'PasswordAuthentication yes\n')
      await proveJob(side, 'sshd', host)
      expect(await output(host, 'sshd -T | grep -E "^(permitrootlogin|passwordauth|maxauthtries)"')).toBe(
        'maxauthtries 3\npermitrootlogin no\npasswordauthentication no\n',
      )
    })

    it('systemd unit', async () => {
      const pid = (): Promise<string> => output(host, 'systemctl show -P MainPID shop')
      await proveJob(side, 'systemd-unit', host, new Secret('sesame street', 'password'))
      const before = await pid()
      expect(
        await output(
          host,
          'stat -c %a /etc/shop.env; systemctl is-enabled shop; tr "\\0" "\\n" </proc/$(systemctl show -P MainPID shop)/environ',
        ),
      ).toMatch(/^600\nenabled\n[^]*DATABASE_PASSWORD=sesame street\n/)
      await host.$`sleep 1.1`
      for (const task of await tasksOf(side, 'systemd-unit', [new Secret('another street', 'password')])) {
        const change = await task.check(host)
        if (change) await task.apply(host, change)
        expect(await task.check(host)).toBeNull()
      }
      expect(await pid()).not.toBe(before)
    })

    it('systemd timer', async () => {
      await proveJob(side, 'systemd-timer', host)
      expect(
        await output(host, 'systemctl is-active backup.timer; systemctl start backup; ls /var/backups/etc.tar.gz'),
      ).toBe('active\n/var/backups/etc.tar.gz\n')
    })

    /** A stand-in for nginx, which takes a site if each of its server names ends with a semicolon. */
    it('nginx site', async () => {
      const nginx = `[ "\${1-}" = -t ] || exec sleep infinity
conf=/etc/nginx/nginx.conf; [ "\${2-}" != -c ] || conf=$3
for file in $(sed -n 's/.*include \\([^;]*\\);.*/\\1/p' "$conf"); do
  ! grep 'server_name [^;]*$' "$file" || exit 1
done`
      await publish(host, '/srv/nginx', [
        {
          name: 'nginx',
          files: {
            '/usr/sbin/nginx': program(nginx),
            '/etc/nginx/nginx.conf': 'events {} http { include /etc/nginx/sites-enabled/*; }\n',
            '/etc/nginx/sites-available/default': 'server { server_name _; }\n',
            '/usr/lib/systemd/system/nginx.service':
              '[Service]\nExecStart=/usr/sbin/nginx\nExecReload=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
          },
        },
      ])
      await host.write('/etc/apt/sources.list.d/nginx.list', 'deb [trusted=yes] file:/srv/nginx ./\n')
      await host.$`apt-get update; mkdir -p /etc/nginx/sites-enabled
        ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default`
      const values = { domain: 'shop.example.org', port: 8080, token: new Secret('open sesame', 'token') }
      await proveJob(side, 'nginx-site', host, values)
      expect(
        await output(host, 'ls -A /etc/nginx/sites-enabled /etc/nginx/sites-available; systemctl is-active nginx'),
      ).toBe('/etc/nginx/sites-available:\ndefault\nshop\n\n/etc/nginx/sites-enabled:\nshop\nactive\n')
      const [, bad] = await tasksOf(side, 'nginx-site', [{ ...values, domain: 'a\n' }])
      await expect(bad?.apply(host, (await bad.check(host)) ?? { summary: '' })).rejects.toThrow()
      expect(await host.read('/etc/nginx/sites-available/shop')).toContain('server_name shop.example.org;')
    })

    it('ini file', async () => {
      await host.$`mkdir -p /etc/php/8.4/fpm`
      await host.write(
        '/etc/php/8.4/fpm/php.ini',
        '; comment\n[PHP]\nmemory_limit = 128M\ndisable_functions =\n\n[Date]\n;date.timezone =\n',
      )
      await host.write('/etc/systemd/system/php8.4-fpm.service', '[Service]\nExecStart=/usr/bin/sleep infinity\n')
      await host.$`systemctl daemon-reload`
      await proveJob(side, 'ini-file', host)
      const text = (await host.read('/etc/php/8.4/fpm/php.ini')) ?? ''
      expect(text).toContain('; comment\n[PHP]\nmemory_limit = 256M\nexpose_php = Off\n\n[Date]\n;date.timezone =\n')
      expect(text).toContain('\ndate.timezone = UTC\n')
    })

    it('rolling restart', async () => {
      await host.write('/etc/systemd/system/shop-web.service', `[Service]\nExecStart=/usr/bin/perl -e '${oneAnswer}'\n`)
      await host.$`systemctl daemon-reload`
      const { job, order } = (await import(`../../bench/jobs/${side}/rolling-restart.ts`)) as {
        job: (on: OnHost<unknown>) => Promise<void>
        order: OnOptions
      }
      expect((await onHost(own, job, order)).ended).toMatchObject([
        'web-1 file /etc/shop-web.conf changed',
        'web-1 restart the shop changed',
        expect.stringContaining(' ok'),
      ])
      expect((await onHost(own, job, order)).ended).toMatchObject([
        'web-1 file /etc/shop-web.conf ok',
        expect.stringContaining(' ok'),
      ])
    })

    // The last one: it ends the session of the others.
    it('reboot', async () => {
      await docker(['update', '--restart', 'always', containerOf(own.name, 'web-1')])
      try {
        await host.$`touch /run/reboot-required; echo linux-image >/run/reboot-required.pkgs`
        const work = async ({ run }: OnHost<unknown>): Promise<void> =>
          void (await run(...(await tasksOf(side, 'reboot', []))))
        const { ended, said } = await onHost(own, work)
        expect([said, ended]).toEqual(['', ['web-1 reboot changed']])
        expect((await onHost(own, work)).ended).toEqual(['web-1 reboot ok'])
      } finally {
        await docker(['update', '--restart', 'no', containerOf(own.name, 'web-1')])
      }
    })
  })
})

/** A server in Perl that answers every request with 200. */
const oneAnswer =
  'use IO::Socket; my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8090, Listen => 9, ReuseAddr => 1) or die; while (my $c = $s->accept) { while (<$c> =~ /\\S/) {} print $c "HTTP/1.0 200 OK\\r\\n\\r\\n"; close $c }'

/** Does work on the lab's host, over ssh. */
function onHost(own: Lab, work: (on: OnHost<unknown>) => Promise<void>, options: OnOptions = {}): Promise<Ran> {
  const host = {
    ...{ address: own.hosts[0]!.address, user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts' },
    ...{ ssh_config: false },
  }
  const inventory = parseInventory(
    JSON.stringify({ hosts: { 'web-1': host } }),
    join(own.directory, 'jobs.yaml'),
    noVariables,
  )
  return ranOn(inventory, inventory.hosts, options, work)
}

/** Serves archives of a tool on the host itself, which has no network. @returns their digests, by version */
async function serve(host: Host, versions: readonly string[]): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
  const digests = new Map<string, string>()
  for (const version of versions) {
    const name = `tool-${version}`
    mkdirSync(join(folder, name, 'bin'), { recursive: true })
    writeFileSync(join(folder, name, 'bin/tool'), program(`echo ${version}`), { mode: 0o755 })
    const archive = join(folder, `${name}.tar.gz`)
    execFileSync('tar', ['-C', folder, '-czf', archive, name])
    digests.set(version, createHash('sha256').update(readFileSync(archive)).digest('hex'))
    await host.upload(archive, `/srv/${name}.tar.gz`)
  }
  const server =
    'use IO::Socket; my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 9, ReuseAddr => 1) or die $!; while (my $c = $s->accept) { my $l = <$c>; while (<$c> =~ /\\S/) {} my ($p) = $l =~ m{^GET /([\\w.-]+) }; open(my $f, "<", "/srv/$p"); binmode $f; local $/; my $d = <$f>; print $c "HTTP/1.0 200 OK\\r\\nContent-Length: " . length($d) . "\\r\\n\\r\\n$d"; close $c; $/ = "\\n" }'
  await host.$`ip link set lo up 2>/dev/null || :; setsid perl -e ${server} >/dev/null 2>&1 & sleep 0.3`
  return digests
}
