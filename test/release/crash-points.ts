import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '../../lab/cutover.ts'
import { type Cut, type Point, worthCutting } from './cut.ts'
import { type HostState, wrongIn } from './host-state.ts'
import type { SteadyLoad } from './load.ts'
import type { Listed, Stream } from './stream.ts'

/** Three releases: the one that is to go live is never one whose container is there already. */
export const tags = ['s1', 's2', 's3'] as const

/** What a run does that is cut: a deploy, also as a canary first, or a rollback to a slot that has stopped or is in standby. */
type Work = 'deploy' | 'canary' | 'rollback' | 'standby'

/** The run that is cut: of the command, of the program on the host, or what the poller starts. */
export type Scenario = Work | `program ${Exclude<Work, 'deploy'>}` | 'poller'

/** A hold has two looks, as each loop is cut in its first round and in its second. */
const canaryWords = ['--canary', '10%', '--hold', '2s']

/** Who runs next, after a run was cut. */
const callers = ['deploy', 'program', 'poller', 'rollback'] as const
type Caller = (typeof callers)[number] | 'minute'

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
  readonly #work: Work
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
    this.#work = scenario === 'poller' ? 'deploy' : (scenario.replace('program ', '') as Work)
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
    return this.#work === 'rollback' || this.#work === 'standby'
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
    if (this.#work !== 'standby' || before.otherRuns) return before
    // Only a release leaves its predecessor in standby.
    const { code, output } = await this.#stream.run('deploy', ['--tag', before.target])
    if (code !== 0) throw new Error(`a release failed: ${output}`)
    return this.#before()
  }

  async #run(before: Before, cut?: Cut): Promise<Listed> {
    await this.#stream.on('find /opt/shop -maxdepth 1 -name heal.tried -delete')
    if (!this.#back) await this.#stream.forgetImages()
    if (this.#scenario === 'poller') {
      await this.#stream.pollerSees(before.target)
      return this.#stream.listedProgram(['/opt/cutover/poll.sh', 'shop'], cut)
    }
    const [playbook, ...args] = this.#words(before)
    return this.#scenario === this.#work
      ? this.#stream.listed(playbook, args, cut)
      : this.#stream.listedProgram([`/opt/shop/${playbook}`, ...args], cut)
  }

  #words({ target, other }: Before): [playbook: string, ...args: string[]] {
    // With its tag: without one, each goes back further, until nothing is left to go back to.
    if (this.#back) return ['rollback', other, '--force']
    return ['deploy', '--tag', target, ...(this.#work === 'canary' ? canaryWords : [])]
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
      lists.set(before.direction, worthCutting(points))
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
    // As it was left: the host's minute takes back a canary that nobody watches.
    const cutAt = await this.#stream.look()
    const caller = this.#caller(cutAt)
    const back = caller === 'rollback' && !this.#back
    // A person who goes back names no tag where the release that was cut is live, or has a share of the requests.
    const undoes = caller === 'minute' || (back && (cutAt.live !== before.live || cutAt.canary))
    const expected = undoes ? before.live : this.#back || back ? before.other : before.target
    const next = await this.#next(caller, undoes ? undefined : expected)
    const after = await this.#before()
    if (next.code !== 0) this.#fail(job, `the next run (${caller}) failed: ${next.output}`)
    else this.#compare(job, after, { caller, expected })
    await sleep(50)
    const { failed } = this.#load.seen
    for (const each of failed.slice(this.#failuresSeen)) this.#fail(job, `a request failed: ${each}`)
    this.#failuresSeen = failed.length
    if (next.code !== 0) await this.#uncut(after)
  }

  #caller({ canary }: HostState): Caller {
    const all: readonly Caller[] = canary ? ['minute', ...callers] : callers
    return all[this.#turn++ % all.length] ?? 'deploy'
  }

  /** What a person, or the poller, does when a run was cut. */
  #next(caller: Caller, wanted: string | undefined): ReturnType<Stream['run']> {
    const back = this.#back
    const stream = this.#stream
    if (caller === 'minute') return stream.program('/opt/cutover/heal.sh', 'shop')
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
    const standby = this.#work === 'standby'
    const wrong = wrongIn(after, { expected, reference: this.#reference, standby })
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

/** Only every so many jobs, from this one on: POINTS=10/3. */
export function sampleOf(jobs: readonly Job[], points = process.env.POINTS ?? '1/0'): Job[] {
  const [every = 1, from = 0] = points.split('/').map(Number)
  return jobs.filter((_, index) => index % every === from)
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
