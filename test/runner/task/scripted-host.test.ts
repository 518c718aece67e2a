import { describe, expect, it } from 'vitest'
import { CommandError } from '../../../runner/errors.ts'
import type { Fact } from '../../../runner/host/index.ts'
import { Secret } from '../../../runner/secret/index.ts'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'

const uptime: Fact<number> = { name: 'uptime', command: ['cat', '/proc/up time'], parse: Number }

describe('a scripted host', () => {
  it('gives the output of a command that its script knows exactly, with arguments as the shell gets them', async () => {
    const { host, commands } = new ScriptedHost({
      "echo 'a b' x '$c'": 'out',
      false: { stdout: 'one', stderr: 'two', code: 3 },
    })
    expect(await host.$`echo ${'a b'} ${['x', '$c']}`).toEqual({ stdout: 'out', stderr: '', exitCode: 0 })
    expect(await host.$({ nothrow: true })`false`).toEqual({ stdout: 'one', stderr: 'two', exitCode: 3 })
    const error: unknown = await host.$`false`.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({ command: 'false', exitCode: 3, output: 'one\ntwo' })
    expect(commands).toEqual(["echo 'a b' x '$c'", 'false', 'false'])
  })

  it('fails at a command that its script does not know', async () => {
    const { host, commands } = new ScriptedHost((command) => (command === 'true' ? '' : undefined))
    expect(await host.quiet`true`).toEqual({ stdout: '', stderr: '', exitCode: 0 })
    await expect(host.live`rm -rf /`).rejects.toThrow('the script of this host does not know the command: rm -rf /')
    await expect(new ScriptedHost().host.$`true`).rejects.toThrow('does not know the command: true')
    expect(commands).toEqual(['true'])
  })

  it('notes commands that change it, and what is written', async () => {
    let changed = 0
    const scripted = new ScriptedHost({ 'touch /x': { changes: () => (changed += 1) }, true: '' })
    const { host } = scripted
    await host.$`touch /x`
    await host.$`true`
    await host.write('/y', 'text', { mode: '600', owner: 'app:app' })
    await host.write('/z', new Secret('value', 'label'))
    await host.write('/b', Buffer.from('bytes'))
    expect(changed).toBe(1)
    expect(scripted.written).toEqual(['touch /x', '/y', '/z', '/b'])
    expect(scripted.commands).toEqual([
      'touch /x',
      'true',
      'write /y 600 app:app',
      'write /z 600 root:root',
      'write /b 644 root:root',
    ])
    expect(scripted.files.get('/z')).toEqual({ content: 'value', mode: '600', owner: 'root:root' })
    expect(await host.read('/b')).toBe('bytes')
  })

  it('has files with their mode and owner', async () => {
    const { host } = new ScriptedHost({}, { files: { '/a': 'abc', '/b': { content: '', mode: '755', owner: 'x:y' } } })
    expect(await host.read('/a')).toBe('abc')
    expect(await host.read('/none')).toBeNull()
    expect(await host.file('/none')).toBeNull()
    expect(await host.file('/a')).toEqual({ content: 'abc', mode: '644', owner: 'root:root' })
    expect(await host.file('/b')).toEqual({ content: '', mode: '755', owner: 'x:y' })
    expect(await host.file('/a', { digest: true })).toMatchObject({
      content: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    })
  })

  it('knows facts, or reads them with their command', async () => {
    const known = new ScriptedHost({}, { facts: [[uptime as Fact<never>, 7]] })
    expect([await known.host.fact(uptime), known.commands]).toEqual([7, []])
    const read = new ScriptedHost({ "cat '/proc/up time'": '12' })
    expect([await read.host.fact(uptime), read.commands]).toEqual([12, ["cat '/proc/up time'"]])
  })

  it('uploads a file of this machine', async () => {
    const scripted = new ScriptedHost()
    await scripted.host.upload(import.meta.filename, '/test.ts', { mode: '700' })
    expect(scripted.files.get('/test.ts')?.content).toContain('uploads a file of this machine')
    expect(scripted.commands).toEqual(['write /test.ts 700 root:root'])
  })

  it('is its own new connection, and refuses commands with input', async () => {
    const { host } = new ScriptedHost({ true: 'x' })
    expect(await host.withNewConnection(async (other) => (await other.$`true`).stdout)).toBe('x')
    await expect(host.spawn('cat\nmore')).rejects.toThrow(
      'a scripted host cannot run a command with input, test this on a real host: cat',
    )
  })
})
