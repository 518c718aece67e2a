import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { explain } from '../../runner/errors.ts'
import type { Host } from '../../runner/host/host.ts'
import { Secret } from '../../runner/secret/index.ts'
import { prove } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import {
  authorizedKeys,
  cron,
  group,
  groupMember,
  hostname,
  locale,
  mount,
  sudoers,
  swap,
  sysctl,
  timezone,
  user,
} from '../../tasks/authors.ts'
import { publicKey } from '../tasks/system/public-key-of.ts'
import { releases } from './releases.ts'

const said = async (task: Task, host: Host): Promise<string> =>
  prove(task, host).then(
    () => 'it is done',
    (error: unknown) => explain(error).join('\n'),
  )
const output = async (host: Host, script: string): Promise<string> =>
  (await host.$({ nothrow: true })`${['sh', '-c', script]}`).stdout

/** With the right to mount, to set the name and the kernel's settings: those of the container's own namespaces. */
const powers = [
  ...['--network', 'none', '--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--security-opt', 'apparmor=unconfined'],
  ...['--security-opt', 'seccomp=unconfined', '--security-opt', 'systempaths=unconfined'],
]

describe.skipIf(!inject('lab')).each(releases)('accounts of a throw-away host of Debian %i', (debian) => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({ debian })
    host = there.host
  })
  afterAll(() => there.close())

  it('group', async () => {
    await prove(group('shop', { gid: 2000 }), host, { change: 'new, gid 2000' })
    await prove(group('shop', { gid: 2001 }), host, { change: 'gid 2000 → 2001' })
    await prove(group('crew', { system: true }), host, { change: 'new' })
    await prove(groupMember('guest', 'crew'), host, { change: 'add guest to crew' })
    await prove(group('crew', { state: 'absent' }), host, { change: 'remove' })
    expect(await output(host, 'getent group shop crew')).toBe('shop:x:2001:\n')
  })

  it('user', async () => {
    await prove(group('web'), host)
    await prove(user('ada', { uid: 3000, groups: ['web'], comment: 'Ada L', locked: true }), host, {
      change: 'new, uid 3000',
    })
    expect(await output(host, 'getent passwd ada; id -nG ada; stat -c "%U %a" /home/ada')).toMatch(
      /^ada:x:3000:\d+:Ada L:\/home\/ada:\/bin\/bash\nada web\nada \d+\n$/,
    )
    const hash = (await host.$({ input: 'sesame' })`${['sh', '-c', 'perl -e \'print crypt("sesame", q($6$salt$))\'']}`)
      .stdout
    const password = new Secret(hash, 'hash of ada')
    await prove(user('ada', { password }), host, { change: /^password$/ })
    await prove(user('ada', { locked: true }), host, { change: /^locked$/ })
    expect(await output(host, 'passwd -S ada')).toMatch(/^ada L/)
    await prove(user('ada', { locked: false }), host, { change: /^unlocked$/ })
    expect(await output(host, 'getent shadow ada | cut -d : -f 2')).toBe(`${hash}\n`)
    await prove(user('ada', { uid: 3001, shell: '/bin/sh', comment: '', groups: ['sudo'] }), host, {
      change: 'uid 3000 → 3001, shell /bin/bash → /bin/sh, comment Ada L → none, groups +sudo',
    })
    expect(await output(host, 'id -nG ada')).toBe('ada sudo web\n')
    await prove(user('ada', { groups: ['adm'], append: false }), host, { change: 'groups +adm -sudo -web' })
    await prove(user('ada', { groups: [], append: false, group: 'web' }), host, {
      change: 'gid ada → web, groups -adm',
    })
    await prove(user('store', { system: true, home: '/var/lib/store' }), host, { change: 'new' })
    expect(await output(host, 'getent passwd store; ls -d /var/lib/store 2>&1')).toMatch(
      /:\/var\/lib\/store:\/usr\/sbin\/nologin\nls:/,
    )
    await prove(user('web'), host, { change: 'new' })
    expect(await output(host, 'id -ng web')).toBe('web\n')
    await prove(user('ada', { state: 'absent' }), host, { change: 'remove, uid 3001' })
    expect(await output(host, 'getent passwd ada; ls -d /home/ada')).toBe('/home/ada\n')
    expect(await said(user('eve', { groups: ['nowhere'] }), host)).toContain('there is no group nowhere\nMake it first')
    expect(await said(user('eve', { shell: '/bin/zsh' }), host)).toContain('there is no shell /bin/zsh')
    expect(await said(user('root', { state: 'absent' }), host)).toContain('root is root')
  })

  it('authorizedKeys', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map(publicKey)
    await prove(
      authorizedKeys('guest', [`${a} one`, `from="10.0.0.0/8,::1",command="echo \\"hi\\"" ${b} two words`]),
      host,
      {
        change: /^2 new$/,
        diff: [`+${a} one`],
      },
    )
    expect(await output(host, 'stat -c "%n %a %U:%G" /home/guest/.ssh /home/guest/.ssh/authorized_keys')).toBe(
      '/home/guest/.ssh 700 guest:guest\n/home/guest/.ssh/authorized_keys 600 guest:guest\n',
    )
    await host.$`printf ${'# mine\n%s foreign'} ${c ?? ''} >>/home/guest/.ssh/authorized_keys; chmod 644 /home/guest/.ssh/authorized_keys; chown root: /home/guest/.ssh /home/guest/.ssh/authorized_keys; chmod 755 /home/guest/.ssh`
    await prove(authorizedKeys('guest', [`restrict ${a} one`]), host, {
      change:
        /^options or comments, ~\/.ssh mode 755 → 700, ~\/.ssh owner root → guest, mode 644 → 600, owner root → guest$/,
      diff: [`-${a} one`, `+restrict ${a} one`],
    })
    expect(await host.read('/home/guest/.ssh/authorized_keys')).toMatch(new RegExp(`\\n# mine\\n.* foreign$`))
    await prove(authorizedKeys('guest', [`${b}`], { exclusive: true }), host, { change: '2 removed' })
    expect(await host.read('/home/guest/.ssh/authorized_keys')).toBe(`${b}\n# mine\n`)
    expect(await output(host, 'stat -c "%a %U:%G" /home/guest/.ssh /home/guest/.ssh/authorized_keys')).toBe(
      '700 guest:guest\n600 guest:guest\n',
    )
    expect(await said(authorizedKeys('nobody2', [`${a}`]), host)).toContain('there is no user nobody2')
    await host.$`rm -r /home/guest/.ssh; mkdir /etc/victim; ln -s /etc/victim /home/guest/.ssh`
    expect(await said(authorizedKeys('guest', [`${a}`]), host)).toContain(
      '/home/guest/.ssh cannot be used: .ssh is a link',
    )
    await host.$`rm /home/guest/.ssh; mkdir /home/guest/.ssh; ln -s /etc/shadow /home/guest/.ssh/authorized_keys`
    expect(await said(authorizedKeys('guest', [`${a}`]), host)).toContain('authorized_keys is a link, or no file')
    expect(await output(host, 'ls -A /etc/victim')).toBe('')
  })

  it('sudoers', async () => {
    const rule = { user: 'guest', commands: ['/usr/bin/id -u', '/usr/bin/printf a:b\\,c=d'], nopasswd: true }
    await prove(sudoers('guest', rule), host, {
      change: 'new',
      diff: ['+guest ALL=(ALL:ALL) NOPASSWD: /usr/bin/id -u, /usr/bin/printf a\\:b\\\\\\,c\\=d'],
    })
    expect(await output(host, 'stat -c "%a %U" /etc/sudoers.d/guest; runuser -u guest -- sudo -n id -u')).toBe(
      '440 root\n0\n',
    )
    await host.$`chmod 644 /etc/sudoers.d/guest`
    await prove(sudoers('guest', '%sudo ALL=(ALL) ALL'), host, { change: 'content, mode 644 → 440' })
    expect(await said(sudoers('guest', 'guest ALL=(ALL) NOPASWD: ALL'), host)).toMatch(
      /visudo refuses it:\n[^]*syntax error/,
    )
    expect(await host.read('/etc/sudoers.d/guest')).toBe('%sudo ALL=(ALL) ALL\n')
    expect(await output(host, 'grep -l ALL /tmp/tmp.*')).toBe('')
  })

  it('cron', async () => {
    expect(await said(cron('job', { at: '03:30', command: 'true' }), host)).toContain(
      "there is no cron\nInstall it first: packages({ present: ['cron'] })",
    )
    await host.$`dpkg -i /var/cache/apt/archives/cron-daemon-common*.deb; dpkg -i /var/cache/apt/archives/cron_*.deb`
    await prove(cron('job', { at: '03:05', command: 'date +%F' }), host, {
      change: 'new',
      diff: ['+5 3 * * * root date +\\%F'],
    })
    await prove(cron('job', { schedule: '@daily', user: 'guest', command: 'true' }), host, {
      diff: ['+@daily guest true'],
    })
    await host.write('/etc/cron.d/foreign', '* * * * * root true\n')
    expect(await said(cron('foreign', { at: '1:00', command: 'true' }), host)).toContain('was not written by this task')
    expect(await said(cron('job', { at: '1:00', user: 'noone', command: 'true' }), host)).toContain(
      'there is no user noone',
    )
  })

  it('what a container may not do is said', async () => {
    expect(await said(sysctl({ 'vm.swappiness': 11 }, { name: '60-a' }), host)).toMatch(
      /vm.swappiness cannot be written on this host\nA container/,
    )
    expect(await said(sysctl({ 'vm.nowhere': 11 }, { name: '60-a' }), host)).toContain(
      'the kernel has no setting vm.nowhere',
    )
    expect(await said(hostname('web-1'), host)).toMatch(
      /the host does not take the name web-1: hostname: .*\nA container gets its name/,
    )
    expect(await said(swap('/var/lib/docker/swap', { megabytes: 2 }), host)).toMatch(
      /cannot be used for swapping: .*\nA container may not swap/,
    )
    expect(await output(host, 'ls /etc/sysctl.d/60-a.conf /var/lib/docker/swap 2>&1; cat /etc/fstab')).toMatch(
      /^ls: .*\nls: .*\n# UNCONF.*\n$/,
    )
    expect(await said(timezone('Europe/Berlin'), host)).toContain(
      "this host has no time zones\nInstall them first: packages({ present: ['tzdata'] })",
    )
    expect(await said(locale('de_DE.UTF-8'), host)).toContain(
      "nothing can generate it\nInstall what can first: packages({ present: ['locales'] })",
    )
  })
})

describe.skipIf(!inject('lab')).each(releases)('the system of a throw-away host of Debian %i', (debian) => {
  let there: ThrowAway
  let host: Host
  beforeAll(async () => {
    there = await throwAway({ debian, run: powers })
    host = there.host
  })
  afterAll(() => there.close())

  it('sysctl', async () => {
    const before = await output(host, 'cat /proc/sys/net/ipv4/tcp_wmem')
    await prove(
      sysctl({ 'net.ipv4.ip_forward': 0, 'net.ipv4.tcp_wmem': '4096 16384 4194305' }, { name: '60-lab' }),
      host,
      {
        change: `net.ipv4.tcp_wmem ${before.trim().split(/\s+/).join(' ')} → 4096 16384 4194305`,
        diff: ['+net.ipv4.tcp_wmem = 4096 16384 4194305'],
      },
    )
    await host.$`echo 1 >/proc/sys/net/ipv4/conf/lo/forwarding`
    await prove(sysctl({ 'net.ipv4.conf.lo.forwarding': 0 }, { name: '61-lab' }), host, { change: 'forwarding 1 → 0' })
    await host.$`echo 1 >/proc/sys/net/ipv4/conf/lo/forwarding`
    await prove(sysctl({ 'net.ipv4.conf.lo.forwarding': 0 }, { name: '61-lab' }), host, {
      change: /^net.ipv4.conf.lo.forwarding 1 → 0$/,
      diff: ['-net.ipv4.conf.lo.forwarding = 1'],
    })
    expect(await said(sysctl({ 'net.ipv4.ip_forward': 'often' }, { name: '62-lab' }), host)).toContain(
      'the kernel does not take net.ipv4.ip_forward = often',
    )
    expect(await output(host, 'ls /etc/sysctl.d')).not.toContain('62-lab')
  })

  it('hostname', async () => {
    const old = (await output(host, 'uname -n')).trim()
    await host.$({
      input: `127.0.0.1\tlocalhost\n127.0.1.1  ${old}.example.com ${old} extra # kept\n::1 localhost`,
    })`cat >/etc/hosts`
    await prove(hostname('web-1'), host, {
      change: `${old} → web-1, /etc/hostname`,
      diff: ['+127.0.1.1  web-1.example.com web-1 extra # kept'],
    })
    expect(await output(host, 'hostname; cat /etc/hostname /etc/hosts')).toBe(
      'web-1\nweb-1\n127.0.0.1\tlocalhost\n127.0.1.1  web-1.example.com web-1 extra # kept\n::1 localhost',
    )
  })

  it('mount', async () => {
    await host.$({ input: '# mine\nLABEL=x\t/data  ext4   noatime,nofail 0 2' })`cat >/etc/fstab; chmod 600 /etc/fstab`
    const cache = { source: 'tmpfs', type: 'tmpfs' }
    await prove(mount('/srv/my cache', { ...cache, options: 'size=1m,mode=700' }), host, {
      change: 'mount tmpfs, /etc/fstab',
      diff: ['+tmpfs /srv/my\\040cache tmpfs size=1m,mode=700 0 0'],
    })
    await prove(mount('/srv/my cache', { ...cache, options: 'size=2m,mode=700' }), host, { change: /^\/etc\/fstab$/ })
    expect(await output(host, "findmnt -n -o OPTIONS '/srv/my cache'")).toContain('size=2048k')
    await host.$`umount ${'/srv/my cache'}`
    await prove(mount('/srv/my cache', { ...cache, options: 'size=2m,mode=700' }), host, { change: /^mount tmpfs$/ })
    await host.$`mkdir -p /srv/from; touch /srv/from/here`
    await prove(mount('/srv/to', { source: '/srv/from', type: 'none', options: 'bind' }), host, {
      change: 'mount /srv/from',
    })
    expect(await said(mount('/srv/to', cache), host)).toMatch(
      /is mounted at \/srv\/to, and not tmpfs\n.*umount \/srv\/to/,
    )
    await prove(mount('/srv/later', { ...cache, options: 'noauto' }), host, { change: /^\/etc\/fstab$/ })
    expect(await output(host, 'cat /etc/fstab; stat -c %a /etc/fstab; findmnt /srv/later; ls /srv/to')).toBe(
      `# mine
LABEL=x\t/data  ext4   noatime,nofail 0 2
tmpfs /srv/my\\040cache tmpfs size=2m,mode=700 0 0
/srv/from /srv/to none bind 0 0
tmpfs /srv/later tmpfs noauto 0 0
600
here
`,
    )
    expect(await said(mount('/srv/disk', { source: 'LABEL=nowhere', type: 'ext4' }), host)).toContain(
      'there is no LABEL=nowhere to mount',
    )
    expect(await said(mount('/srv/bad', { source: 'tmpfs', type: 'nofs' }), host)).toContain('mount -t nofs')
    expect(await host.read('/etc/fstab')).not.toContain('/srv/bad')
  })

  /**
   * The kernel of the container is that of this machine, which must get no swap: instead of the real swapon and swapoff,
   * stand-ins tell what they were asked for.
   */
  it('swap', async () => {
    const program = (script: string): string => `#!/bin/sh\n${script}\n`
    await host.write(
      '/usr/local/sbin/swapon',
      program('[ "$1" = -- ] && echo "$2" >>/run/swaps || cat /run/swaps 2>/dev/null || :'),
      { mode: '755' },
    )
    await host.write(
      '/usr/local/sbin/swapoff',
      program('grep -vxF -e "$2" /run/swaps >/run/swaps.new; mv /run/swaps.new /run/swaps'),
      { mode: '755' },
    )
    await prove(swap('/opt/swap', { megabytes: 2 }), host, {
      change: 'new, 2 MiB, /etc/fstab',
      diff: ['+/opt/swap none swap sw 0 0'],
    })
    expect(
      await output(
        host,
        'stat -c "%s %a" /opt/swap; cat /run/swaps; blkid -p -s TYPE -o value /opt/swap; ls /opt/swap*',
      ),
    ).toBe('2097152 600\n/opt/swap\nswap\n/opt/swap\n')
    await prove(swap('/opt/swap', { megabytes: 3 }), host, { change: /^2 → 3 MiB$/ })
    await host.$`sed -i 's#^/opt/swap .*#/opt/swap\tswap swap pri=5 0 0#' /etc/fstab; swapoff -- /opt/swap`
    await prove(swap('/opt/swap', { megabytes: 3 }), host, { change: /^activate$/ })
    await host.write('/opt/data', 'mine')
    expect(await said(swap('/opt/data', { megabytes: 1 }), host)).toContain('/opt/data is there, and is no swap file')
    expect(await said(swap('/opt/huge', { megabytes: 100_000_000 }), host)).toContain(
      'MiB free, and the swap file needs 100000000',
    )
    expect(await host.read('/opt/data')).toBe('mine')
  })
})
