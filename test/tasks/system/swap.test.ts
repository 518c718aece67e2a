import { expect, it } from 'vitest'
import { ScriptedHost, type ScriptedHostOptions } from '../../../runner/task/scripted-host.ts'
import { swap } from '../../../tasks/system/swap.ts'
import { refusal, textWritten } from './played.ts'

const line = '/swap none swap sw 0 0\n'
const right = { files: { '/etc/fstab': line } }

/** A host on which the look at the file and at /proc/swaps says this. */
const hostWith = (
  looks: string,
  options?: ScriptedHostOptions,
  others: Record<string, { code: number; stderr: string }> = {},
): ScriptedHost =>
  new ScriptedHost((command) => {
    if (command.startsWith('path=/swap\n')) return looks
    if (command.startsWith('readlink -f ')) return '/etc/fstab\n'
    return command.startsWith('df ') ? 'Avail\n  900\n' : (others[command] ?? '')
  }, options)

/** The first words of each command, without the looks. */
const done = (host: ScriptedHost): string[] =>
  host.commands
    .splice(0)
    .filter((each) => !each.startsWith('path=/swap\n'))
    .map((each) => (each.startsWith('path=') ? `make ${/count=\d+/.exec(each)?.[0]}` : each))

const size = 512 * 2 ** 20
const reload = 'if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi'

it.each<[string, string, object, string | undefined, string[]]>([
  ['all', `${size}\nSWAPSPACE2\n/swap\n`, right, undefined, []],
  [
    'all, with a priority',
    `${size}\nSWAPSPACE2\n/swap\n`,
    { files: { '/etc/fstab': '/swap swap swap pri=5 0 0\n' } },
    undefined,
    [],
  ],
  ['no line', `${size}\nSWAPSPACE2\n/a\n/swap\n`, {}, '/etc/fstab', [...textWritten('/etc/fstab'), reload]],
  ['no use of it', `${size}\nSWAPSPACE2\n`, right, 'activate', ['swapon -- /swap']],
  ['no file', 'none\n\n', right, 'new, 512 MiB', ['df --output=avail -B 1M -- /', 'make count=512', 'swapon -- /swap']],
  [
    'another size',
    `${2 ** 20}\nSWAPSPACE2\n/swap\n`,
    right,
    '1 → 512 MiB',
    ['swapoff -- /swap', 'df --output=avail -B 1M -- /', 'make count=512', 'swapon -- /swap'],
  ],
])('where there is %s', async (_, looks, options, summary, commands) => {
  const host = hostWith(looks, options)
  const task = swap('/swap', { megabytes: 512 })
  const change = await task.check(host.host)
  expect(change?.summary).toBe(summary)
  host.commands.length = 0
  if (change) await task.apply(host.host, change)
  expect(done(host)).toEqual(commands)
})

it.each<[string, string, string, string[]]>([
  ['a new file', 'none\n\n', `${size}\nSWAPSPACE2\n/swap\n`, ['swapoff -- /swap', 'rm -f -- /swap']],
  ['a new file that was not yet in use', 'none\n\n', `${size}\nSWAPSPACE2\n`, ['rm -f -- /swap']],
  [
    'another size',
    `${2 ** 20}\nSWAPSPACE2\n/swap\n`,
    `${size}\nSWAPSPACE2\n/swap\n`,
    ['swapoff -- /swap', 'df --output=avail -B 1M -- /', 'make count=1', 'swapon -- /swap'],
  ],
  ['its use', `${size}\nSWAPSPACE2\n`, `${size}\nSWAPSPACE2\n/swap\n`, ['swapoff -- /swap']],
])('%s is taken back', async (_, before, after, commands) => {
  const task = swap('/swap', { megabytes: 512 })
  const change = await task.check(hostWith(before, right).host)
  const host = hostWith(after, right)
  await task.undo?.(host.host, change!)
  expect(done(host)).toEqual(commands)
})

it('a file that is something else, and too little room, are errors', async () => {
  const task = swap('/swap', { megabytes: 900 })
  expect(await refusal(() => task.check(hostWith('7\nsomething\n').host))).toMatch(
    /\/swap is there, and is no swap file\n/,
  )
  const host = hostWith('none\n\n')
  const change = await task.check(host.host)
  expect(await refusal(() => task.apply(host.host, change!))).toMatch(
    /^\/ has 900 MiB free, and the swap file needs 900\n/,
  )
})

it('a container that may not swap is told from a failure of ours', async () => {
  const task = swap('/swap', { megabytes: 512 })
  const host = hostWith(`${size}\nSWAPSPACE2\n`, right, {
    'swapon -- /swap': { code: 255, stderr: 'swapon: Operation not permitted\n' },
  })
  const change = await task.check(host.host)
  expect(await refusal(() => task.apply(host.host, change!))).toMatch(
    /\/swap cannot be used for swapping: swapon: Operation not permitted\nA container may not swap/,
  )
})

it.each([
  ['swap', 1, /the swap file 'swap' is not absolute/],
  ['/swap', 0, /the size of swap \/swap 0 is not a whole number from 1 on/],
  ['/swap', 0.5, /is not a whole number/],
])('%j with %j MiB is refused when the task is made', async (path, megabytes, reason) => {
  expect(await refusal(() => swap(path, { megabytes }))).toMatch(reason)
})
