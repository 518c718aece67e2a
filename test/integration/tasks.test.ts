import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import type { Fact } from '../../runner/host/fact.ts'
import { prove } from '../../runner/task/kit.ts'
import { type Task, task } from '../../runner/task/task.ts'
import { copy } from '../../tasks/system/copy.ts'
import { directory } from '../../tasks/system/directory.ts'
import { file } from '../../tasks/system/file.ts'
import { groupMember } from '../../tasks/system/group.ts'
import { releases } from './releases.ts'

/** Tasks, one by one, on a real host that is thrown away. */
describe.skipIf(!inject('lab')).each(releases)('a task on a throw-away host of Debian %i', (debian) => {
  let there: ThrowAway
  beforeAll(async () => void (there = await throwAway({ debian })))
  afterAll(() => there.close())

  it('file', async () => {
    expect(await prove(file('/etc/a file', 'it’s $HOME\n'), there.host, { diff: ['+it’s $HOME'] })).toBeDefined()
    expect(await prove(file('/etc/a file', 'other\n'), there.host, { diff: ['-it’s $HOME', '+other'] })).toBeDefined()
    const large = 'é'.repeat(50_000)
    expect((await prove(file('/etc/large', large), there.host, { change: 'new' })).after).toMatch(/^\[100000 bytes, /)
    await prove(file('/etc/large', `${large}!`, { mode: '600' }), there.host, {
      change: 'content: 100000 → 100001 bytes, mode 644 → 600',
    })
    expect(await there.host.read('/etc/large')).toBe(`${large}!`)
  })

  it('copy', async () => {
    const from = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'from')
    writeFileSync(from, Buffer.alloc(3_000_000, 'x\0'))
    expect(
      await prove(copy({ from, to: '/opt/it’s large', mode: '750' }), there.host, {
        change: 'new, 3000000 bytes, from',
      }),
    ).toBeDefined()
    await there.host.$`chmod 600 ${'/opt/it’s large'}`
    expect(
      await prove(copy({ from, to: '/opt/it’s large', mode: '750' }), there.host, {
        change: 'mode 600 → 750',
      }),
    ).toBeDefined()
  })

  it('directories, and a user’s group', async () => {
    expect(await prove(directory('/opt/x y', { mode: '700' }), there.host)).toBeDefined()
    expect(await prove(groupMember('guest', 'sudo'), there.host)).toBeDefined()
  })

  it('a check that is not pure is found', async () => {
    const impure = task({
      name: 'impure',
      check: async (host) => (await host.$`echo x >>/etc/impure`, { summary: 'x' }),
      apply: async () => undefined,
    })
    await expect(prove(impure, there.host)).rejects.toThrow('impure: its check changes the host: /etc/impure')
  })

  it.each([
    ['removes a file', 'rm /etc/kit-probe', '/etc'],
    ['changes a mode', 'chmod 600 /etc/kit-probe', '/etc/kit-probe'],
    ['makes a folder', 'mkdir /etc/kit-folder', '/etc/kit-folder'],
  ])('a check that %s is found', async (_, command, path) => {
    await there.host.$`${['sh', '-c', 'rm -rf /etc/kit-*; touch /etc/kit-probe']}`
    const impure = task({
      name: 'impure',
      check: async (host) => (await host.$`${['sh', '-c', command]}`, { summary: 'x' }),
      apply: async () => undefined,
    })
    await expect(prove(impure, there.host)).rejects.toThrow(`impure: its check changes the host: ${path}`)
  })

  it('a task that looks at a fact is proven, and an undo that leaves something else is found', async () => {
    const word: Fact<string> = {
      name: 'kit word',
      command: ['sh', '-c', 'cat /etc/kit-word 2>/dev/null || true'],
      parse: (stdout) => stdout.trim(),
    }
    const made = (undone: string): Task =>
      task({
        name: 'word',
        check: async (host) =>
          (await host.fact(word)) === 'new' ? null : { summary: 'other', before: await host.fact(word), after: 'new' },
        apply: (host) => host.write('/etc/kit-word', 'new'),
        undo: (host) => host.write('/etc/kit-word', undone),
      })
    await there.host.write('/etc/kit-word', 'old')
    await expect(prove(made('old'), there.host, { change: 'other' })).resolves.toMatchObject({ before: 'old' })
    await there.host.write('/etc/kit-word', 'old')
    await expect(prove(made('GARBAGE'), there.host)).rejects.toThrow('after its undo the host is not as it was before')
  })
})
