import { expect, it } from 'vitest'
import { ScriptedHost, type ScriptedHostOptions } from '../../../runner/task/scripted-host.ts'
import { sysctl } from '../../../tasks/system/sysctl.ts'
import { refusal } from './played.ts'

const path = '/etc/sysctl.d/60-shop.conf'
const task = sysctl(
  { 'vm.swappiness': 10, 'net.ipv4.conf.eth0/1.forwarding': '1', 'net/ipv4/tcp_wmem': '1 2  3' },
  { name: '60-shop' },
)
const content =
  '# Written by Cutover.\nvm.swappiness = 10\nnet.ipv4.conf.eth0/1.forwarding = 1\nnet/ipv4/tcp_wmem = 1 2 3\n'
const files = { [path]: content }

const hostWith = (lines: string, options?: ScriptedHostOptions): ScriptedHost =>
  new ScriptedHost((command) => (command.startsWith('for path in ') ? lines : ''), options)
const right = 'writable 10 \nfixed 1 \nwritable 1\t2\t3 \n'

it('reads the files of the kernel', async () => {
  const host = hostWith(right, { files })
  expect(await task.check(host.host)).toBeNull()
  expect(host.commands[0]?.split(';')[0]).toBe(
    'for path in /proc/sys/vm/swappiness /proc/sys/net/ipv4/conf/eth0.1/forwarding /proc/sys/net/ipv4/tcp_wmem',
  )
})

it.each<[string, string, object, object, string[]]>([
  [
    'no file',
    right,
    {},
    { summary: 'file new', before: '', after: `[mode 644, owner root:root]\n${content}` },
    [`write ${path} 644 root:root`],
  ],
  [
    'another running value',
    'writable 60 \nfixed 1 \nwritable 1 2 3 \n',
    files,
    { summary: 'vm.swappiness 60 → 10', before: 'vm.swappiness = 60\n', after: 'vm.swappiness = 10\n' },
    ['cat >/proc/sys/vm/swappiness'],
  ],
  [
    'neither',
    'writable 60 \nfixed 1 \nwritable 1 2 4 \n',
    { [path]: '# Written by Cutover.\n' },
    { summary: 'file content, vm.swappiness 60 → 10, net/ipv4/tcp_wmem 1 2 4 → 1 2 3', after: content },
    ['cat >/proc/sys/vm/swappiness', 'cat >/proc/sys/net/ipv4/tcp_wmem', `write ${path} 644 root:root`],
  ],
])('where there is %s', async (_, lines, there, change, commands) => {
  const host = hostWith(lines, { files: there as typeof files })
  const found = await task.check(host.host)
  expect(found).toMatchObject(change)
  host.commands.length = 0
  await task.apply(host.host, found!)
  expect(host.commands).toEqual(commands)
})

it('is taken back, and a value that was not changed is left', async () => {
  const host = hostWith('writable 60 \nfixed 1 \nwritable 1 2 3 \n')
  const change = await task.check(host.host)
  for (const [now, commands] of [
    ['writable 60 \n', [`rm -f -- ${path}`]],
    ['writable 10 \n', ['cat >/proc/sys/vm/swappiness', `rm -f -- ${path}`]],
  ] as const) {
    const later = hostWith(now)
    await task.undo?.(later.host, change!)
    expect(later.commands.slice(1)).toEqual(commands)
  }
})

it.each<[string, string, object, RegExp]>([
  ['a setting that is not there', 'missing\n', {}, /the kernel has no setting vm.swappiness\nIs it written/],
  [
    'one that a container may not write',
    'fixed 60 \n',
    {},
    /vm.swappiness cannot be written on this host\nA container/,
  ],
  ['a file of another', right, { [path]: 'vm.swappiness=1\n' }, /was not written by this task\nChoose/],
])('%s is an error', async (_, lines, there, reason) => {
  expect(await refusal(() => task.check(hostWith(lines, { files: there as typeof files }).host))).toMatch(reason)
})

it('a value that the kernel refuses is an error with its reason, and is in no file', async () => {
  const host = new ScriptedHost((command) =>
    command.startsWith('for')
      ? 'writable 60 \nfixed 1 \nwritable 1 2 3 \n'
      : { code: 1, stderr: 'cat: Invalid argument\n' },
  )
  const change = await task.check(host.host)
  expect(await refusal(() => task.apply(host.host, change!))).toMatch(
    /the kernel does not take vm.swappiness = 10: cat: Invalid argument\nIs the value/,
  )
  expect(host.written).toEqual([])
})

it.each<[Record<string, string | number>, string, RegExp]>([
  [{ 'vm.swappiness': 1 }, 'a/b', /'a\/b' is not a valid name of a file in \/etc\/sysctl.d/],
  [{}, 'a', /there are no settings/],
  [{ swappiness: 1 }, 'a', /'swappiness' is not a setting\nFor example/],
  [{ 'vm/../../etc/x': 1 }, 'a', /is not a setting/],
  [{ 'vm.x': ' ' }, 'a', /vm.x has no value/],
])('%j in %j is refused when the task is made', async (settings, name, reason) => {
  expect(await refusal(() => sysctl(settings, { name }))).toMatch(reason)
})
