import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const script = join(import.meta.dirname, '../../templates/host/lock.sh')
const place = (): string => join(mkdtempSync(join(tmpdir(), 'cutover-')), 'lock')
const started: ChildProcess[] = []
afterEach(() => started.splice(0).forEach((child) => child.kill()))

/** Somebody who tries to take the lock: its first word, and how to let go. */
function contender(
  lock: string,
  owner: string,
  file = script,
): { said: Promise<string>; ended: Promise<unknown>; child: ChildProcess } {
  const child = spawn('sh', [file, lock, owner], { stdio: ['pipe', 'pipe', 'inherit'] })
  started.push(child)
  const said = new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
  )
  return { said, ended: new Promise((resolve) => child.once('exit', resolve)), child }
}

/** Who holds it, as somebody is told who does not want it; null: nobody. */
function holderOf(lock: string): string | null {
  const { status, stdout } = spawnSync('sh', [join(script, '../locked.sh'), lock], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

describe('the release lock', () => {
  it('is one holder’s, and is given back', async () => {
    const lock = place()
    expect(holderOf(lock)).toBe(null)
    const first = contender(lock, '{"who":"ada"}')
    expect(await first.said).toBe('locked')
    expect(await contender(lock, '{"who":"bob"}').said).toBe('held {"who":"ada"}')
    expect(holderOf(lock)).toBe('{"who":"ada"}')
    first.child.stdin!.end()
    await first.ended
    expect(existsSync(lock)).toBe(false)
    expect(await contender(lock, '{"who":"bob"}').said).toBe('locked')
  })

  it('without a heartbeat is taken over by one of those who try, and its old holder hears of it', async () => {
    const lock = place()
    const old = contender(lock, 'old')
    expect(await old.said).toBe('locked')
    utimesSync(join(lock, 'owner'), new Date(0), new Date(0))
    expect(holderOf(lock)).toBe(null)
    const all = Array.from({ length: 12 }, (_, index) => contender(lock, `owner ${index}`))
    const said = await Promise.all(all.map((each) => each.said))
    expect(said.filter((word) => word === 'locked')).toHaveLength(1)
    expect(said.filter((word) => word.startsWith('held'))).toHaveLength(11)
    const lost = new Promise<string>((resolve) =>
      old.child.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
    )
    old.child.stdin!.write('\n')
    expect(await lost).toBe('lost')
    await old.ended
    // It was not its own to give back.
    expect(existsSync(lock)).toBe(true)
  })

  it('that was never finished is taken over, too', async () => {
    const lock = place()
    mkdirSync(lock)
    utimesSync(lock, new Date(0), new Date(0))
    expect(await contender(lock, 'x').said).toBe('locked')
    writeFileSync(join(lock, 'owner'), 'x')
  })

  it('whose holder was killed is free at once', async () => {
    const lock = place()
    const first = contender(lock, 'first')
    expect(await first.said).toBe('locked')
    first.child.kill('SIGKILL')
    await first.ended
    expect(holderOf(lock)).toBe(null)
    const second = contender(lock, 'second')
    expect(await second.said).toBe('locked')
    expect(await contender(lock, 'third').said).toBe('held second')
  })

  it('whose last heartbeat was before the clock was set back is taken over', async () => {
    const lock = place()
    expect(await contender(lock, 'old').said).toBe('locked')
    const soon = new Date(Date.now() + 30_000)
    utimesSync(join(lock, 'owner'), soon, soon)
    expect(await contender(lock, 'other').said).toBe('held old')
    expect(holderOf(lock)).toBe('old')
    const tomorrow = new Date(Date.now() + 86_400_000)
    utimesSync(join(lock, 'owner'), tomorrow, tomorrow)
    expect(await contender(lock, 'other').said).toBe('locked')
  })

  it('of an older Cutover, which shows nothing of its process, is held while its heart beats', async () => {
    const lock = place()
    mkdirSync(lock)
    writeFileSync(join(lock, 'owner'), 'old')
    expect(await contender(lock, 'x').said).toBe('held old')
    expect(holderOf(lock)).toBe('old')
  })

  it('is not taken over by a script that cannot ask whether it is held', async () => {
    const lock = place()
    const alone = join(mkdtempSync(join(tmpdir(), 'cutover-')), 'lock.sh')
    copyFileSync(script, alone)
    expect(await contender(lock, 'first', alone).said).toBe('locked')
    expect(await contender(lock, 'second', alone).said).toBe('held')
  })
})
