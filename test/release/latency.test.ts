import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf } from '../../lab/cutover.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = ['servers-latency', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
let lab: Lab
const on = (script: string): Promise<string> =>
  exec([...sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu'])], { input: script })

/** A request in each five takes so long, in seconds. */
const slow = 0.3

/** Sends 50 requests a second until it is stopped. @returns how long each answer took, in ms, and what failed */
function clients(): () => Promise<{ times: number[]; failed: string[] }> {
  const url = `http://${lab.hosts[0]!.address}`
  const agent = new Agent({ keepAlive: true })
  const [times, failed]: [number[], string[]] = [[], []]
  const open = new Set<Promise<void>>()
  const ask = (path: string, isCounted = true): void => {
    const since = performance.now()
    const answered = new Promise<void>((resolve) => {
      get(`${url}${path}`, { agent }, (answer) => {
        if (answer.statusCode !== 200) failed.push(`${path}: ${answer.statusCode}`)
        answer.resume().on('end', () => {
          if (isCounted) times.push(performance.now() - since)
          resolve()
        })
      }).on('error', (error) => {
        failed.push(`${path}: ${error.message}`)
        resolve()
      })
    })
    open.add(answered)
    void answered.then(() => open.delete(answered))
  }
  let sent = 0
  const timers = [
    setInterval(() => ask(sent++ % 5 === 0 ? `/slow?seconds=${slow}` : '/'), 20),
    // So that there is something to drain.
    setInterval(() => ask('/slow?seconds=8', false), 1_000),
  ]
  return async () => {
    timers.forEach(clearInterval)
    await Promise.all(open)
    agent.destroy()
    return { times: times.sort((a, b) => a - b), failed }
  }
}

interface Told extends Ended {
  /** What was said of the progress, by task. */
  progress: Record<string, { text: string; values?: Record<string, number> }[]>
  /** The last line of the history. */
  history: Record<string, unknown>
}

/** Releases a tag while clients ask. */
async function releaseOf(tag: string): Promise<Told & Awaited<ReturnType<ReturnType<typeof clients>>>> {
  const report = join(lab.directory, `${tag}.json`)
  const stop = clients()
  await sleep(9_000)
  const ended = await cutover('deploy', ['--tag', tag, '--report', `json=${report}`], lab.inventory)
  const seen = await stop()
  const progress: Told['progress'] = {}
  for (const line of readFileSync(report, 'utf8').trim().split('\n')) {
    const event = JSON.parse(line) as { type: string; task: string; text: string; values?: Record<string, number> }
    if (event.type === 'task-progress') (progress[event.task] ??= []).push(event)
  }
  const history = JSON.parse(await on('tail -n 1 /opt/shop/releases.jsonl')) as Record<string, unknown>
  return { ...ended, ...seen, progress, history }
}

describe.skipIf(!inject('lab')).sequential('a release under load', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    expect(failureOf(await cutover('setup', [], lab.inventory))).toBe('')
    expect(failureOf(await cutover('deploy', ['--tag', 'v1.0.0'], lab.inventory))).toBe('')
  })
  afterAll(() => down(name))

  it('says what it waits for, and how fast requests were answered before and after', async () => {
    const { output, progress, history, times, failed, ...ended } = await releaseOf('v1.1.0')
    expect([failureOf({ output, ...ended }), failed]).toEqual(['', []])
    const [, p95, before] =
      /, 0 of [\d,]+ requests failed .*, p95 (\d+) ms \((\d+) ms before\), rollback/.exec(output) ?? []
    console.log(
      `p95 ${p95} ms (${before} ms before); clients: ${times[Math.floor(times.length * 0.95)]?.toFixed(0)} ms`,
    )
    expect(history).toMatchObject({ p95: Number(p95), p95Before: Number(before), failed: 0 })
    // A time is known to a third: the clients' slowest bound it from above, the app's own from below.
    for (const time of [Number(p95), Number(before)]) {
      expect(time).toBeGreaterThanOrEqual(slow * 1000)
      expect(time).toBeLessThan((4 / 3) * (times.at(-1) ?? 0))
    }
    expect(progress.bake?.length).toBeGreaterThan(1)
    expect(progress.bake?.at(-1)?.text).toMatch(/^\d+ requests, 0 failed, p95 \d+ ms; before \d+ ms$/)
    expect(progress.gate?.[0]?.text).toMatch(/^(Docker says \w+, )?\/health answers (nothing|\d+) for \d+ s$/)
    expect(progress.drain?.[0]?.text).toMatch(/^\d+ connections? still open$/)
    expect(progress.drain?.[0]?.values?.connections).toBeGreaterThan(1)
  })

  it('says no time where Traefik counts by its own bounds, as one of an older Cutover does', async () => {
    await on(
      `sed -i 's/^  prometheus:$/  prometheus: {}/; /^ *buckets: /d' /opt/traefik/traefik-*.yaml; docker restart traefik >/dev/null`,
    )
    // It answers 404 until it has read its routes.
    while ((await fetch(`http://${lab.hosts[0]!.address}/`).catch(() => null))?.status !== 200) await sleep(200)
    const { output, progress, history, failed, ...ended } = await releaseOf('v1.2.0')
    expect(failureOf({ output, ...ended })).toBe('')
    expect(failed.filter((each) => !each.startsWith('/slow?seconds=8'))).toEqual([])
    expect(output).toMatch(/, 0 of [\d,]+ requests failed during the cut-over, rollback/)
    expect(Object.keys(history)).not.toContain('p95')
    expect(progress.bake?.at(-1)?.text).toMatch(/^\d+ requests, 0 failed$/)
  })
})
