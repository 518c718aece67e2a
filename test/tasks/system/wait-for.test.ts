import { describe, expect, it } from 'vitest'
import type { Task } from '../../../runner/task/task.ts'
import { ScriptedHost, type ScriptedHostOptions, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { waitFor } from '../../../tasks/system/wait-for.ts'

/** What a task that waits says of a host with this answer, and the command that it runs. */
async function looks(
  task: Task,
  answer: ScriptedOutput,
  options?: ScriptedHostOptions,
): Promise<[said: unknown, command: string | undefined]> {
  const host = new ScriptedHost(() => answer, options)
  const said = await task.check(host.host).catch((error: unknown) => (error as Error).message)
  return [said, host.commands[0]]
}

const url = 'http://127.0.0.1:8000/a?b=[1]&c'

describe('a task that waits', () => {
  it('for a port connects to it', async () => {
    const [said, command] = await looks(waitFor.port(5432), '')
    expect(said).toBeNull()
    expect(command).toMatch(/^timeout 3 bash -c '?\S.* bash 127\.0\.0\.1 5432$/)
    expect((await looks(waitFor.port(22, { host: 'db; reboot' }), ''))[1]).toMatch(/ bash 'db; reboot' 22$/)
    expect((await looks(waitFor.port(22), { code: 1, stderr: 'bash: x\nbash: Connection refused\n' }))[0]).toBe(
      'port 22 of 127.0.0.1 takes no connections: bash: Connection refused',
    )
    expect((await looks(waitFor.port(22), { code: 124 }))[0]).toBe('port 22 of 127.0.0.1 takes no connections')
  })

  it('for a URL asks it', async () => {
    const [said, command] = await looks(waitFor.url(url), '200')
    expect(said).toBeNull()
    expect(command).toMatch(/^curl -q .* --max-time 3 .* --url 'http:\/\/127\.0\.0\.1:8000\/a\?b=\[1\]&c'$/)
    expect((await looks(waitFor.url(url, { status: 401 }), '401'))[0]).toBeNull()
    expect((await looks(waitFor.url(url), '503'))[0]).toBe(`${url} answers 503, not 200`)
    expect((await looks(waitFor.url(url), { code: 7, stdout: '000', stderr: 'curl: (7) refused' }))[0]).toBe(
      `${url} does not answer: curl: (7) refused`,
    )
  })

  it('for a file looks whether it is there', async () => {
    const files = {
      '/run/app.sock': '',
      '/run/link': { target: '/run/app.sock' },
      '/run/dangling': { target: '/none' },
    }
    for (const [path, said] of [
      ['/run/app.sock', null],
      ['/run/link', null],
      ['/run/dangling', 'there is no /run/dangling'],
      ['/run/a', 'there is no /run/a'],
    ] as const)
      expect((await looks(waitFor.file(path), '', { files }))[0]).toBe(said)
    expect(() => waitFor.file('run/a')).toThrow("the path 'run/a' is not absolute")
  })

  it('says what it waits for, and looks once a second for 30 s or as long as it is told', () => {
    expect([waitFor.port(80), waitFor.url(url, { status: 204 }), waitFor.file('/a')].map(({ name }) => name)).toEqual([
      'port 80 of 127.0.0.1 is open',
      `${url} answers 204`,
      '/a is there',
    ])
    expect(waitFor.file('/a')).toMatchObject({ retries: 30, delay: 1000 })
    expect(waitFor.port(80, { timeout: 1_500 })).toMatchObject({ retries: 2, delay: 1000 })
  })
})
