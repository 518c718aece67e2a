import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '../../lab/cutover.ts'
import type { Cut, Point } from './cut.ts'
import type { HostState } from './host-state.ts'
import type { SteadyLoad } from './load.ts'
import type { Listed, Stream } from './stream.ts'

/** Three releases: the one that is to go live is never one whose container is there already. */
export const tags = ['s1', 's2', 's3'] as const

/** The run that is cut: a deploy, a rollback to a slot that has stopped or is in standby, or what the poller starts. */
export type Scenario = 'deploy' | 'rollback' | 'standby' | 'poller'

/** Who runs next, after a run was cut. */
const callers = ['deploy', 'program', 'poller', 'rollback'] as const
type Caller = (typeof callers)[number]

/** The slot that serves when a run begins. */
type Direction = 'blue' | 'green'

/** A run that is to be cut, from one direction. */
export interface Job {
  direction: Direction
  point: Point
  cut: Cut
}

export interface Findings {
  /** Runs that were cut. */
  cuts: number
  /** Of these, runs that made their connection again and did all their work. */
  finished: number
  /** Points to which a run did not come, because it went another way. */
  unmet: string[]
  failures: string[]
}

export const nothingFound = (): Findings => ({ cuts: 0, finished: 0, unmet: [], failures: [] })

/** Where a host is before a run. */
interface Before extends HostState {
  direction: Direction
  /** The tag of the slot that does not serve. */
  other: string
  otherRuns: boolean
  target: string
}

/** Cuts runs of one kind on one host, and lets somebody finish each. */
export class CrashPoints {
  readonly #stream: Stream
  readonly #scenario: Scenario
  readonly #load: SteadyLoad
  readonly #reference: HostState
  readonly #findings: Findings
  #failuresSeen = 0
  #turn = 0

  constructor(
    stream: Stream,
    scenario: Scenario,
    { load, reference, findings }: { load: SteadyLoad; reference: HostState; findings: Findings },
  ) {
    this.#stream = stream
    this.#scenario = scenario
    this.#load = load
    this.#reference = reference
    this.#findings = findings
  }

  /** Takes jobs from the list until none is left. */
  async work(jobs: Job[], deadline = Infinity): Promise<void> {
    while (jobs.length > 0 && Date.now() < deadline) {
      const before = await this.#ready()
      const index = jobs.findIndex(({ direction }) => direction === before.direction)
      const [job] = index < 0 ? [] : jobs.splice(index, 1)
      try {
        if (job) await this.#one(job, before)
        // The runs that are left begin at the other slot.
        else await this.#uncut(before)
      } catch (error) {
        this.#fail(job, `the test itself failed: ${String(error)}`)
        return
      }
    }
  }

  get #back(): boolean {
    return this.#scenario === 'rollback' || this.#scenario === 'standby'
  }

  async #before(): Promise<Before> {
    const [state, slots] = await Promise.all([
      this.#stream.state(),
      this.#stream.on(
        `docker ps -a --filter label=cutover.slot --format '{{.Label "cutover.slot"}} {{.Label "cutover.tag"}} {{.State}}'`,
      ),
    ])
    const rows = slots.split('\n').map((row) => row.split(' '))
    const direction = state.slot === 'green' ? 'green' : 'blue'
    const [, other = '', status] = rows.find(([slot]) => slot !== direction) ?? []
    const target = tags.find((tag) => tag !== state.live && tag !== other) ?? tags[0]
    return { ...state, direction, other, otherRuns: status === 'running', target }
  }

  /** Where the host is when the next run can begin. */
  async #ready(): Promise<Before> {
    const before = await this.#before()
    if (this.#scenario !== 'standby' || before.otherRuns) return before
    // Only a release leaves its predecessor in standby.
    const { code, output } = await this.#stream.run('deploy', ['--tag', before.target])
    if (code !== 0) throw new Error(`a release failed: ${output}`)
    return this.#before()
  }

  async #run(before: Before, cut?: Cut): Promise<Listed> {
    const { target } = before
    await this.#stream.on('find /opt/shop -maxdepth 1 -name heal.tried -delete')
    // With its tag: without one, each goes back further, until nothing is left to go back to.
    if (this.#back) return this.#stream.listed('rollback', [before.other, '--force'], cut)
    await this.#stream.forgetImages()
    if (this.#scenario === 'deploy') return this.#stream.listed('deploy', ['--tag', target], cut)
    await this.#stream.pollerSees(target)
    return this.#stream.listedProgram(['/opt/cutover/poll.sh', 'shop'], cut)
  }

  async #uncut(before: Before): Promise<Listed> {
    const ended = await this.#run(before)
    if (ended.code !== 0) throw new Error(`an uncut run failed: ${ended.output}`)
    return ended
  }

  /** The points of an uncut run from each slot. */
  async list(): Promise<Map<Direction, Point[]>> {
    const lists = new Map<Direction, Point[]>()
    while (lists.size < 2) {
      const before = await this.#ready()
      const { points } = await this.#uncut(before)
      // A loop is cut in its first round and in its second.
      lists.set(
        before.direction,
        points.filter(({ nth }) => nth <= 2),
      )
    }
    return lists
  }

  async #one(job: Job, before: Before): Promise<void> {
    const ended = await this.#run(before, job.cut)
    if (!ended.met) {
      this.#findings.unmet.push(`${this.#title(job)} (it ended with ${ended.code})`)
      if (ended.code !== 0) this.#fail(job, `a run that was not cut failed: ${failureOf(ended)}`)
      return
    }
    this.#findings.cuts += 1
    if (ended.code === 0) this.#findings.finished += 1
    if (!(await this.#stream.lockIsFree())) this.#fail(job, 'its lock is not free 20 s later')
    for (let tries = 0; tries < 7 && !(await this.#stream.lockIsFree()); tries++);
    const cutAt = await this.#before()
    const caller = this.#caller()
    const wasSwitched = cutAt.live !== before.live
    // A person who goes back names no tag where the release that was cut is live.
    const back = caller === 'rollback' && !this.#back
    const expected = this.#back ? before.other : !back ? before.target : wasSwitched ? before.live : before.other
    const next = await this.#next(caller, back && wasSwitched ? undefined : expected)
    const after = await this.#before()
    if (next.code !== 0) this.#fail(job, `the next run (${caller}) failed: ${next.output}`)
    else this.#compare(job, after, { caller, expected })
    await sleep(50)
    const { failed } = this.#load.seen
    for (const each of failed.slice(this.#failuresSeen)) this.#fail(job, `a request failed: ${each}`)
    this.#failuresSeen = failed.length
    if (next.code !== 0) await this.#uncut(after)
  }

  #caller(): Caller {
    const turn = this.#turn++ % callers.length
    return callers[turn] ?? 'deploy'
  }

  /** What a person, or the poller, does when a run was cut. */
  #next(caller: Caller, wanted: string | undefined): ReturnType<Stream['run']> {
    const back = this.#back
    const stream = this.#stream
    if (wanted === undefined) return stream.run('rollback', ['--force'])
    switch (caller) {
      case 'deploy':
        return stream.run('deploy', ['--tag', wanted])
      case 'program':
        return back
          ? stream.program('/opt/shop/rollback', wanted, '--force')
          : stream.program('/opt/shop/deploy', wanted)
      case 'poller':
        return stream.pollerSees(wanted).then(() => stream.program('/opt/cutover/poll.sh', 'shop'))
      case 'rollback':
        return stream.run('rollback', [wanted, '--force'])
    }
  }

  #compare(job: Job, after: Before, { caller, expected }: { caller: Caller; expected: string }): void {
    const { live, networks, containers, routeIsWhole, lock, recorded, files, processes } = after
    const wrong = [
      ...(live !== expected ? [`${live} is live, and not ${expected}`] : []),
      ...(recorded === live ? [] : [`${live} is live, and ${recorded} is recorded`]),
      ...(networks === this.#reference.networks ? [] : [`it is on the networks ${networks}`]),
      ...(routeIsWhole ? [] : ['the route is not what the slot was made with']),
      ...(lock === '' ? [] : [`the lock is held: ${lock}`]),
      ...differences('containers', containers.map(anyStandby), this.#reference.containers.map(anyStandby)),
      ...differences('files', files, this.#reference.files),
      ...(processes.length === 0 ? [] : [`processes are left: ${processes.join('; ')}`]),
    ]
    for (const each of wrong) this.#fail(job, `after the next run (${caller}), ${each}`)
  }

  #title(job: Job | undefined): string {
    if (!job) return `${this.#stream.host}: ${this.#scenario}`
    const { direction, cut, point } = job
    return `${this.#stream.host}: ${this.#scenario} from ${direction}, ${cut.how} ${cut.when} ${point.at}#${point.nth} ‘${point.text}’`
  }

  #fail(job: Job | undefined, why: string): void {
    const text = `${this.#title(job)}\n    ${why}`
    console.log(`FAILED ${text}`)
    this.#findings.failures.push(text)
  }
}

/** A slot that does not serve may be in standby, or have ended: how much of its time is left is no difference. */
const anyStandby = (container: string): string => container.replace(/^other (running|exited)$/, 'other')

function differences(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  const [more, less] = [found.filter((each) => !wanted.includes(each)), wanted.filter((each) => !found.includes(each))]
  return [
    ...(more.length > 0 ? [`too many ${what}: ${more.join(', ')}`] : []),
    ...(less.length > 0 ? [`too few ${what}: ${less.join(', ')}`] : []),
  ]
}

/** Each point of both directions, cut before and after its command. */
export const jobsOf = (lists: Map<Direction, Point[]>, how: Cut['how']): Job[] =>
  [...lists].flatMap(([direction, points]) =>
    points.flatMap((point) =>
      (['before', 'after'] as const).map((when) => ({
        direction,
        point,
        cut: { how, when, at: point.at, nth: point.nth },
      })),
    ),
  )
