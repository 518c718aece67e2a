import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prove } from '../../runner/kit.ts'
import { task } from '../../runner/task.ts'
import { copy } from '../../tasks/copy.ts'
import { directories } from '../../tasks/directories.ts'
import { file } from '../../tasks/file.ts'
import { inGroup } from '../../tasks/user.ts'
import { type ThrowAway, throwAway } from '../lab/throw-away.ts'

/** Tasks, one by one, on a real host that is thrown away. */
describe.skipIf(!inject('lab'))('a task on a throw-away host', () => {
  let there: ThrowAway
  beforeAll(async () => void (there = await throwAway()))
  afterAll(() => there.close())

  it('file', async () => {
    expect(await prove(file('/etc/a file', 'it’s $HOME\n'), there.host, { diff: ['+it’s $HOME'] })).toBeDefined()
    expect(await prove(file('/etc/a file', 'other\n'), there.host, { diff: ['-it’s $HOME', '+other'] })).toBeDefined()
    const large = 'é'.repeat(50_000)
    expect(await prove(file('/etc/large', large), there.host, { change: 'new' })).not.toHaveProperty('after')
    expect(await prove(file('/etc/large', `${large}!`, { mode: '600' }), there.host, { change: 'content, mode 644 → 600' })).not.toHaveProperty('before')
    expect(await there.host.read('/etc/large')).toBe(`${large}!`)
  })

  it('copy', async () => {
    const from = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'from')
    writeFileSync(from, Buffer.alloc(3_000_000, 'x\0'))
    expect(await prove(copy({ from, to: '/opt/it’s large', mode: '750' }), there.host, { change: 'new, from' })).toBeDefined()
    await there.host.$`chmod 600 ${'/opt/it’s large'}`
    expect(await prove(copy({ from, to: '/opt/it’s large', mode: '750' }), there.host, { change: '600 root:root → 750 root:root' })).toBeDefined()
  })

  it('directories, and a user’s group', async () => {
    expect(await prove(directories([{ path: '/opt/x y', mode: '700' }]), there.host)).toBeDefined()
    expect(await prove(inGroup('guest', 'sudo'), there.host)).toBeDefined()
  })

  it('a check that is not pure is found', async () => {
    const impure = task({ name: 'impure', check: async (host) => (await host.$`echo x >>/etc/impure`, { summary: 'x' }), apply: async () => undefined })
    await expect(prove(impure, there.host)).rejects.toThrow('impure: its check changes the host: /etc/impure')
  })
})
