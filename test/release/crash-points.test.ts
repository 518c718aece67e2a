import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { failureOf } from '../../lab/cutover.ts'
import { down } from '../../lab/lab.ts'
import { type Build, buildCuttable } from './build.ts'
import { CrashPoints, type Findings, jobsOf, nothingFound, sampleOf, type Scenario, tags } from './crash-points.ts'
import type { Cut } from './cut.ts'
import type { HostState } from './host-state.ts'
import { labOf } from './lab-of.ts'
import { steadyLoad } from './load.ts'
import { Stream } from './stream.ts'

const name = `points-${process.env.CUTOVER_TEST_LAB ?? 'release'}`
/** Each does one job after the other, at the same time as the others. */
const hosts = Number(process.env.HOSTS ?? 3)
/** Requests a second to each host. */
const rate = 20

let build: Build
let streams: Stream[]
const references = new Map<Stream, HostState>()

/** Every way of releasing has been used once: what it leaves is no news. */
async function warmUp(stream: Stream): Promise<HostState> {
  // Only the test calls the poller and heal.
  await stream.on('systemctl stop cron')
  for (const tag of tags) expect(failureOf(await stream.run('deploy', ['--tag', tag]))).toBe('')
  expect(failureOf(await stream.run('rollback', ['--force']))).toBe('')
  await stream.pollerSees('s1')
  expect(failureOf(await stream.program('/opt/cutover/poll.sh', 'shop'))).toBe('')
  return stream.state()
}

/** Sets the hosts up for it, and uses every way of releasing once. */
async function ready(standby: number): Promise<void> {
  const made = await labOf(name, hosts, { standby })
  streams = made.lab.hosts.map((host) => new Stream(made.lab, host.name, made.inventory, build))
  await Promise.all(
    streams.map(async (stream) => {
      expect(failureOf(await stream.run('setup', []))).toBe('')
      references.set(stream, await warmUp(stream))
    }),
  )
}

async function cutEverywhere(scenario: Scenario, how: Cut['how']): Promise<void> {
  const findings: Findings = nothingFound()
  const since = Date.now()
  const loads = streams.map(({ address }) => steadyLoad(`http://${address}`, rate))
  const workers = streams.map(
    (stream, index) =>
      new CrashPoints(stream, scenario, {
        load: loads[index]!,
        reference: references.get(stream)!,
        findings,
      }),
  )
  const lists = await workers[0]!.list()
  const all = jobsOf(lists, how)
  const jobs = sampleOf(all)
  const total = jobs.length
  await Promise.all(workers.map((worker) => worker.work(jobs)))
  const seen = await Promise.all(loads.map((load) => load.stop()))
  const requests = seen.flatMap(({ sent }) => Object.values(sent)).reduce((sum, each) => sum + each, 0)
  console.log(
    `${scenario} ${how}: ${[...lists].map(([from, points]) => `${points.length} commands from ${from}`).join(', ')}; ` +
      `${all.length} points, ${total} tried, ${findings.cuts} cut (${findings.finished} finished by themselves), ` +
      `${findings.unmet.length} not met; ${requests} requests, ${seen.flatMap(({ failed }) => failed).length} failed; ` +
      `${((Date.now() - since) / 60_000).toFixed(1)} min`,
  )
  if (findings.unmet.length > 0) console.log(findings.unmet.join('\n'))
  expect(findings.failures).toEqual([])
  expect(seen.flatMap(({ failed }) => failed)).toEqual([])
  expect(findings.unmet.length).toBeLessThanOrEqual(Math.ceil(total / 10))
}

describe.skipIf(!inject('lab')).sequential('a run that is cut at any command', () => {
  beforeAll(async () => {
    build = await buildCuttable(name)
  })
  afterAll(async () => {
    for (const stream of streams ?? []) stream.end()
    build?.remove()
    if (!process.env.KEEP_LAB) await down(name)
  })

  describe('where the old slot is stopped', () => {
    beforeAll(() => ready(0))

    it.each([
      ['deploy', 'kill'],
      ['deploy', 'cut'],
      ['canary', 'kill'],
      ['canary', 'cut'],
      ['rollback', 'kill'],
      ['rollback', 'cut'],
      ['poller', 'kill'],
      ['program canary', 'kill'],
      ['program rollback', 'kill'],
    ] as const)('%s, %s: loses nothing, and the next run finishes it', cutEverywhere)
  })

  describe('where the old slot is in standby', () => {
    beforeAll(() => ready(600))

    it.each([
      ['standby', 'kill'],
      ['standby', 'cut'],
      ['program standby', 'kill'],
    ] as const)('%s, %s: loses nothing, and the next run finishes it', cutEverywhere)
  })
})
