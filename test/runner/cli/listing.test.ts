import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { retryFile } from '../../../runner/cli/retry.ts'
import { runCli } from '../../../runner/cli/run-cli.ts'
import { type Play, playbook } from '../../../runner/play/playbook.ts'
import { task, type Task } from '../../../runner/task/task.ts'
import { scriptConnections } from '../play/scripted-play.ts'

const inventory = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'inventory.yaml')
writeFileSync(inventory, 'hosts: { a: { address: 192.0.2.1 }, b: { address: 192.0.2.2 }, c: { address: 192.0.2.3 } }\n')

const never = (): never => {
  throw new Error('a listing did something')
}
const named = (name: string, ...tags: string[]): Task => task({ name, tags, check: never, apply: never })

async function shown(work: (play: Play<unknown>) => Promise<void>, ...argv: string[]): Promise<string> {
  let text = ''
  await runCli(playbook('test', { settings: z.unknown(), help: 'A test.' }, work), {
    argv: ['-i', inventory, ...argv],
    write: (more) => (text += more),
  })
  return text
}

describe('a listing, without a connection,', () => {
  const work = async (play: Play<unknown>): Promise<void> => {
    await play.on(play.hosts(), async ({ run, delegate, host }) => {
      await run(named('base', 'apt'))
      await delegate('c', named('record', 'dns'))
      if (host.name === 'b') await run(named('more'))
    })
    await play.on(play.hosts('a'), { serial: 1 }, async ({ run, once, view }) => {
      const token = await once('token', async () => (await run(named('make a token')), 'x'))
      await run(named(`use ${token}`))
      await view.read('/etc/os-release')
      await run(named('too late'))
    })
  }

  it('names the tasks of each host, as far as they do not depend on what a host says', async () => {
    expect(await shown(work, '--list-tasks')).toBe(`a, c:
  base  [apt]
  record → c  [dns]

b:
  base  [apt]
  record → c  [dns]
  more

a:
  make a token
  use x
  … what comes next depends on what the host says
`)
  })

  it('names what is done once at the host that does it; a host that needs what it gave ends there', async () => {
    const once =
      (needs: boolean) =>
      async (play: Play<unknown>): Promise<void> =>
        play.on(play.hosts('a:b'), async ({ run, once }) => {
          const made = await once('token', async () => (await run(named('make a token')), { text: 'x' }))
          await run(named(needs ? `use ${made.text}` : 'go on'))
        })
    expect(await shown(once(false), '--list-tasks')).toBe('a:\n  make a token\n  go on\n\nb:\n  go on\n')
    expect(await shown(once(true), '--list-tasks')).toBe(
      'a:\n  make a token\n  use x\n\nb:\n  … what comes next depends on what the host says\n',
    )
  })

  it('ends in order where a playbook reads several things of a host at the same time', async () => {
    const reads = async (play: Play<unknown>): Promise<void> =>
      play.on(play.hosts('a'), async ({ run, view }) => {
        await run(named('first'))
        await Promise.all([view.read('/a'), view.read('/b'), view.$`true`])
      })
    expect(await shown(reads, '--list-tasks')).toBe('a:\n  first\n  … what comes next depends on what the host says\n')
  })

  it('names hosts and tags, of what is chosen', async () => {
    expect(await shown(work, '--list-hosts', '--limit', '!b')).toBe('a\nc\n')
    const left = retryFile(inventory, 'test')
    mkdirSync(dirname(left))
    writeFileSync(left, 'c\ngone\n')
    expect(await shown(work, '--list-hosts', '--retry')).toBe('c\n')
    expect(await shown(work, '--list-hosts', '--retry', '--limit', 'a')).toContain(
      '--limit a leaves no host of those to retry: c, gone',
    )
    rmSync(left)
    expect(await shown(work, '--list-tags')).toBe('apt\ndns\n')
    expect(await shown(work, '--list-tasks', '--tags', 'dns', '--limit', 'b')).toBe('b:\n  record → c  [dns]\n')
  })
})

it('a play without await is an error that says what to do, and has ended before', async () => {
  scriptConnections()
  let ended = false
  const text = await shown(
    async (play) =>
      void play.on(play.hosts('a'), async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        ended = true
      }),
    '-o',
    'plain',
  )
  vi.restoreAllMocks()
  expect(text).toMatch(/play\.on\(…\) was started without await\n.*Is an await missing: await play\.on\(…\)/)
  expect(ended).toBe(true)
})
