import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { agentKeys } from '../../runner/connection/ssh/agent.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))

it('gives all keys of a real agent, in its order; those too that ssh2 can’t use', async () => {
  const [socket, pid] = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' }).match(/(?<==)[^;]+/g) as [
    string,
    string,
  ]
  const env = { ...process.env, SSH_AUTH_SOCK: socket }
  try {
    expect(await agentKeys(socket)).toEqual([])
    for (const name of ['ca', 'one', 'two'])
      execFileSync('ssh-keygen', ['-q', '-t', name === 'one' ? 'ecdsa' : 'ed25519', '-N', '', '-f', join(folder, name)])
    execFileSync('ssh-keygen', ['-q', '-s', join(folder, 'ca'), '-I', 'x', join(folder, 'two.pub')])
    // With its certificate, which is a key of its own there.
    for (const name of ['one', 'two']) execFileSync('ssh-add', ['-q', join(folder, name)], { env })
    const expected = ['one.pub', 'two.pub', 'two-cert.pub'].map(
      (name) => readFileSync(join(folder, name), 'utf8').split(' ')[1],
    )
    expect((await agentKeys(socket)).map((each) => each.toString('base64'))).toEqual(expected)
  } finally {
    process.kill(Number(pid))
  }
})

it.each([
  ['that is not there', undefined],
  ['that refuses', [0, 0, 0, 1, 5]],
  ['that hangs up', []],
  ['that breaks off in a key', [0, 0, 0, 9, 12, 0, 0, 0, 1, 0, 0, 1, 0]],
])('gives none of an agent %s', async (name, answer) => {
  const path = join(folder, name.replaceAll(' ', '-'))
  const server = createServer((socket) => socket.once('data', () => socket.end(Buffer.from(answer ?? []))))
  if (answer) await new Promise<void>((resolve) => server.listen(path, resolve))
  expect(await agentKeys(path)).toEqual([])
  server.close()
})
