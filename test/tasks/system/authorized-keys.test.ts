import { expect, it } from 'vitest'
import { ScriptedHost, type ScriptedHostOptions, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { authorizedKeys } from '../../../tasks/system/authorized-keys.ts'
import { publicKey } from './public-key-of.ts'
import { refusal } from './played.ts'

const [a, b, c] = [publicKey('a'), publicKey('b'), publicKey('c')]
const passwd = 'pat:x:1000:1000::/home/pat:/bin/bash\n'

/** A host that answers the look for a user's keys. */
function hostWith(output: ScriptedOutput, options?: ScriptedHostOptions, user = 'pat'): ScriptedHost {
  return new ScriptedHost((command) => {
    if (command.startsWith('getent passwd')) return passwd.replaceAll('pat', user)
    return command.includes('dd if=authorized_keys') ? output : ''
  }, options)
}

const good = (content: string): string => `700 pat\n600 pat\n${content}`

it.each<[string, string, Parameters<typeof authorizedKeys>[1], object, string | undefined, string?]>([
  ['nothing', '', [`${a} x`], {}, '1 new', `${a} x\n`],
  ['an empty folder', '700 pat\n', [a], {}, '1 new', `${a}\n`],
  ['an empty folder of root', '755 root\n', [a], {}, '1 new, ~/.ssh mode 755 → 700, ~/.ssh owner root → pat', `${a}\n`],
  ['the key', good(`${a} x\n`), [`${a} x`], {}, undefined],
  ['the key, without a line end', good(`${a} x`), [`${a} x`], {}, undefined],
  ['another key', good(`# mine\n${b} y`), [a], {}, '1 new', `# mine\n${b} y\n${a}\n`],
  ['other options', good(`restrict ${a} x\n${b}\n`), [`${a} x`], {}, 'options or comments', `${a} x\n${b}\n`],
  ['the key twice', good(`${a} x\n${b}\n${a} y\n`), [`${a} x`], {}, 'options or comments', `${a} x\n${b}\n`],
  ['a line that is no key', good('oops\n'), [a], {}, '1 new', `oops\n${a}\n`],
  [
    'other keys, exclusive',
    good(`# mine\n\n${b}\noops\n${a}\n${c}\n`),
    [a],
    { exclusive: true },
    '2 removed',
    `# mine\n\n${a}\n`,
  ],
  ['other keys, none wanted', good(`${b}\n`), [], { exclusive: true }, '1 removed', ''],
  ['other keys, nothing to do', good(`${b}\n`), [], {}, undefined],
  ['a file of root', `700 pat\n644 root\n${a}\n`, [a], {}, 'mode 644 → 600, owner root → pat'],
])('where there is %s', async (_, output, keys, options, summary, after) => {
  const change = await authorizedKeys('pat', keys, options).check(hostWith(output).host)
  expect(change?.summary).toBe(summary)
  expect(change?.after).toBe(after)
})

it('is written in the folder of the user, with the owners and modes as arguments', async () => {
  const host = hostWith(`755 root\n644 root\n${b}\n`)
  const task = authorizedKeys('pat', [a])
  const change = await task.check(host.host)
  host.commands.length = 0
  await task.apply(host.host, change!)
  expect(host.commands).toEqual([expect.stringMatching(/^sh -euc [^]* sh \/home\/pat pat pat: pat: 700 600$/)])
  await task.undo?.(host.host, change!)
  expect(host.commands[1]).toMatch(/^sh -euc [^]* sh \/home\/pat pat root root 755 644$/)
})

it.each([
  ['there was no folder', '', /rm -f authorized_keys; cd \.\.; rmdir \.ssh' sh \/home\/pat$/],
  ['there was no file', '755 root\n', /chmod "\$3" \.' sh \/home\/pat root 755$/],
])('is taken back where %s', async (_, output, command) => {
  const host = hostWith(output)
  const task = authorizedKeys('pat', [a])
  const change = await task.check(host.host)
  host.commands.length = 0
  await task.undo?.(host.host, change!)
  expect(host.commands.at(-1)).toMatch(command)
})

it('the last key of the user who logs in is not removed', async () => {
  const task = authorizedKeys('test', [], { exclusive: true })
  const outputs = good(`${a}\n`).replaceAll('pat', 'test')
  expect(await refusal(() => task.check(hostWith(outputs, {}, 'test').host))).toMatch(/no key of test would be left/)
  expect(await task.check(hostWith(outputs, { connection: 'local' }, 'test').host)).not.toBeNull()
})

it.each<[string, ScriptedOutput, RegExp]>([
  ['is a link', { code: 3, stderr: '.ssh is a link\n' }, /\/home\/pat\/.ssh cannot be used: .ssh is a link\nLook/],
  ['is not text', good('\uFFFD'), /is not valid UTF-8, so an edit could damage it/],
])('what %s is refused', async (_, output, reason) => {
  expect(await refusal(() => authorizedKeys('pat', [a]).check(hostWith(output).host))).toMatch(reason)
})

it('the user or the home folder may be made by an earlier task', async () => {
  const task = authorizedKeys('pat', [a])
  expect(await refusal(() => task.check(new ScriptedHost(() => '').host))).toContain('there is no user pat')
  const host = new ScriptedHost((command) => (command.startsWith('test -d') ? { code: 1 } : passwd))
  expect(await refusal(() => task.check(host.host))).toContain('the home folder of pat is not there: /home/pat')
})

it('a wrong user or key is refused when the task is made', async () => {
  expect(await refusal(() => authorizedKeys('a/b', []))).toContain("'a/b' is not a valid name of a user")
  expect(await refusal(() => authorizedKeys('pat', ['oops']))).toContain('line 1 is no public key: oops')
})
