import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { failureOf } from '../../lab/cutover.ts'
import { down } from '../../lab/lab.ts'
import { type Build, buildCuttable } from './build.ts'
import { type Job, jobsOf, sampleOf, tags } from './crash-points.ts'
import { type Cut, type Point, worthCutting } from './cut.ts'
import { type HostState, wrongIn } from './host-state.ts'
import { labOf } from './lab-of.ts'
import { type SteadyLoad, steadyLoad } from './load.ts'
import { type Listed, Stream } from './stream.ts'

const name = `fleet-points-${process.env.CUTOVER_TEST_LAB ?? 'release'}`
/** Requests a second to each host. */
const rate = 20

let build: Build
let streams: Stream[]
/** Each host after a release that was not cut. */
let references: HostState[]
let releases = 0

const states = (): Promise<HostState[]> => Promise.all(streams.map((stream) => stream.state()))

/** Both hosts are released at once. The stream of one of them runs the command. */
const deploy = (tag: string, cut?: Cut): Promise<Listed> =>
  streams[0]!.listed('deploy', ['--limit', 'all', '--tag', tag], cut)

/** A tag that no slot has, and whose image no host has any more. */
async function nextTag(): Promise<string> {
  await Promise.all(streams.map((stream) => stream.forgetImages()))
  return tags[releases++ % tags.length] ?? tags[0]
}

async function uncut(): Promise<Point[]> {
  const ended = await deploy(await nextTag())
  expect(failureOf(ended)).toBe('')
  return worthCutting(ended.points)
}

/** The points of a release that begins where blue serves, and of one that begins where green does. */
async function list(): Promise<Map<Job['direction'], Point[]>> {
  const lists = new Map<Job['direction'], Point[]>()
  while (lists.size < 2) lists.set(await direction(), await uncut())
  return lists
}

async function direction(): Promise<Job['direction']> {
  return (await streams[0]!.look()).slot === 'green' ? 'green' : 'blue'
}

/** Cuts a release of both hosts. @returns whether it was cut, and what was wrong after that or after the next one */
async function cutOnce({ cut }: Job): Promise<{ met: boolean; wrong: string[] }> {
  const tag = await nextTag()
  const ended = await deploy(tag, cut)
  if (!ended.met) return { met: false, wrong: [failureOf(ended)].filter(Boolean) }
  const free = await Promise.all(streams.map((stream) => stream.lockIsFree()))
  const next = await deploy(tag)
  const after = await states()
  return {
    met: true,
    wrong: [
      ...(free.every(Boolean) ? [] : ['a lock is not free 20 s later']),
      ...(next.code === 0 ? [] : [`the next deploy failed: ${next.output}`]),
      ...after.flatMap((state, index) =>
        wrongIn(state, { expected: tag, reference: references[index]! }).map(
          (each) => `${streams[index]!.host}: after the next deploy, ${each}`,
        ),
      ),
    ],
  }
}

async function cutEverywhere(how: Cut['how']): Promise<void> {
  const loads: SteadyLoad[] = streams.map(({ address }) => steadyLoad(`http://${address}`, rate))
  const all = jobsOf(await list(), how)
  const jobs = sampleOf(all, process.env.POINTS ?? '10/0')
  const [total, failures, unmet]: [number, string[], string[]] = [jobs.length, [], []]
  while (jobs.length > 0) {
    const from = await direction()
    const index = jobs.findIndex((job) => job.direction === from)
    const [job] = index < 0 ? [] : jobs.splice(index, 1)
    if (!job) {
      // The jobs that are left begin at the other slot.
      await uncut()
      continue
    }
    const title = `from ${from}, ${how} ${job.cut.when} ${job.point.at}#${job.point.nth} ‘${job.point.text}’`
    const { met, wrong } = await cutOnce(job)
    if (!met) unmet.push(title)
    for (const each of wrong) {
      failures.push(`${title}\n    ${each}`)
      console.log(`FAILED ${failures.at(-1)}`)
    }
  }
  await sleep(1_000)
  const seen = await Promise.all(loads.map((load) => load.stop()))
  const sent = seen.flatMap((each) => Object.values(each.sent)).reduce((sum, each) => sum + each, 0)
  const failed = seen.flatMap((each) => each.failed)
  console.log(
    `a fleet, ${how}: ${all.length} points, ${total} tried, ${unmet.length} not met; ` +
      `${sent} requests, ${failed.length} failed`,
  )
  if (unmet.length > 0) console.log(unmet.join('\n'))
  expect(failures).toEqual([])
  expect(failed).toEqual([])
  expect(unmet.length).toBeLessThanOrEqual(Math.ceil(total / 10))
}

describe.skipIf(!inject('lab')).sequential('a release of two hosts that is cut at any command', () => {
  beforeAll(async () => {
    build = await buildCuttable(name)
    const { lab, inventory } = await labOf(name, 2)
    streams = lab.hosts.map(({ name: host }) => new Stream(lab, host, inventory, build))
    expect(failureOf(await streams[0]!.run('setup', ['--limit', 'all']))).toBe('')
    await Promise.all(streams.map((stream) => stream.on('systemctl stop cron')))
    for (let times = 0; times < tags.length; times++) await uncut()
    references = await states()
  })
  afterAll(async () => {
    for (const stream of streams ?? []) stream.end()
    build?.remove()
    if (!process.env.KEEP_LAB) await down(name)
  })

  it.each(['kill', 'cut'] as const)('%s: each host serves on, and the next deploy brings both there', cutEverywhere)
})
