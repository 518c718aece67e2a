import type { Change } from '../../../runner/events.ts'
import type { WriteOptions } from '../../../runner/file-options.ts'
import type { RunningCommand } from '../../../runner/host/running-command.ts'
import { quote } from '../../../runner/quote.ts'
import { Secret } from '../../../runner/secret/secret.ts'
import { type Script, ScriptedHost, type ScriptedOutput } from '../../../runner/task/kit.ts'
import type { ScriptedHostOptions } from '../../../runner/task/scripted-host.ts'
import type { Task } from '../../../runner/task/task.ts'
import { type App, appSettings, toApp } from '../../../tasks/app/settings.ts'
import { Observation } from '../../../tasks/blue-green/slots/observation.ts'
import type { ReleaseContext, ResolvedRelease } from '../../../tasks/blue-green/context.ts'
import type { Release } from '../../../tasks/blue-green/history.ts'
import type { AppState, SlotState, Wanted } from '../../../tasks/blue-green/slots/state.ts'
import { countsArgv, type ResponseCounts } from '../../../tasks/proxy/metrics.ts'
import { type Container, inspectArgv } from '../../../tasks/docker/inspect.ts'
import { parseRoute } from '../../../tasks/proxy/route.ts'

/** A digest that is easy to tell from others: `digest(1)` is sha256:111…. */
export const digest = (n: number | string): string => `sha256:${String(n).repeat(64).slice(0, 64)}`

/** The app `shop` of the image x/shop, with more settings of an inventory. It has no standby if none is asked for. */
export const appWith = (more: Record<string, unknown> = {}, address = '192.0.2.1'): App =>
  toApp('shop', address, appSettings.parse({ image: 'x/shop', standby: 0, ...more }))

export const wanted: Wanted = { tag: 'v2', digest: digest(2), config: 'config-2' }

/** The context of a release of v2; the lock is held. */
export const contextOf = (
  app: App = appWith(),
  more: Partial<ReleaseContext> = {},
  resolved: Partial<ResolvedRelease> = {},
): ReleaseContext => ({
  app,
  kind: 'release',
  who: 'ada',
  signal: new AbortController().signal,
  assertLockHeld: () => undefined,
  // Each look is a new one: a test may have several hosts.
  get seen() {
    return new Observation(app.name)
  },
  resolve: async () => ({ app, wanted, ...resolved }),
  followed: async () => null,
  pulled: async () => undefined,
  cutOver: {},
  ...more,
})

/** A short route file of a slot: the line that names its service is all that Cutover reads of it. */
export const routeOf = (slot: string): string => `http:\n  routers:\n    shop:\n      service: shop-${slot}\n`

/** What a container is like where it is not like most: a healthy one of release v1 that runs. */
export interface ContainerOptions {
  labels?: Record<string, string> | null
  /** Default: running or exited. */
  status?: string
  outOfMemory?: boolean
  hosts?: string[]
  stopTimeout?: number
  running?: boolean
  exitCode?: number
  health?: string
  healthLog?: { ExitCode: number; Output: string }[]
  restart?: string
  restarts?: number
  startedAt?: string
  image?: string
  address?: string
}

/** A container as `docker inspect` describes it. */
export function container(name: string, options: ContainerOptions = {}): Container {
  const { labels = {}, running = true, exitCode = 0, health, healthLog, restart = 'unless-stopped' } = options
  return {
    Id: `id of ${name}`,
    Name: `/${name}`,
    Image: options.image ?? 'sha256:image',
    RestartCount: options.restarts ?? 0,
    HostConfig: { RestartPolicy: { Name: restart }, ...(options.hosts && { ExtraHosts: options.hosts }) },
    State: {
      Status: options.status ?? (running ? 'running' : 'exited'),
      Running: running,
      ExitCode: exitCode,
      ...(options.outOfMemory && { OOMKilled: true }),
      StartedAt: options.startedAt ?? '2026-05-04T03:00:00Z',
      ...(health && { Health: { Status: health, ...(healthLog && { Log: healthLog }) } }),
    },
    Config: { Image: 'x/shop', Labels: labels, Healthcheck: null, StopTimeout: options.stopTimeout ?? null },
    NetworkSettings: { Networks: { 'traefik-public': { IPAddress: options.address ?? '172.18.0.5' } } },
  }
}

/** The container of a slot, with the labels of a release. */
export const slotContainer = (
  slot: 'blue' | 'green',
  release: Partial<Wanted> & { mark?: string; route?: string } = {},
  options: ContainerOptions = {},
): Container => {
  const { tag = 'v1', digest: imageDigest = digest(1), config = 'config-1' } = release
  const { mark = `mark of ${slot}`, route = routeOf(slot) } = release
  return container(`shop-${slot}`, {
    health: 'healthy',
    ...options,
    labels: {
      'cutover.app': 'shop',
      'cutover.slot': slot,
      'cutover.tag': tag,
      'cutover.digest': imageDigest,
      'cutover.config': config,
      'cutover.mark': mark,
      'cutover.route': route,
      ...options.labels,
    },
  })
}

/** The container of a migration by the release v2. */
export const migrationContainer = (options: ContainerOptions = {}): Container =>
  container('shop-migration', {
    ...options,
    labels: { 'cutover.digest': wanted.digest, 'cutover.config': wanted.config, ...options.labels },
  })

/** The state of a slot, where no container is needed to tell it. */
export const slotState = (more: Partial<SlotState> = {}): SlotState => ({
  tag: 'v1',
  digest: digest(1),
  config: 'config-1',
  image: 'sha256:image',
  route: 'route',
  releaseHeader: 'mark',
  running: true,
  stopping: false,
  standby: false,
  health: 'healthy',
  restarts: 0,
  exitCode: 0,
  address: '172.18.0.5',
  startedAt: '2026-05-04T03:00:00Z',
  outOfMemory: false,
  hosts: [],
  stopTimeout: null,
  ...more,
})

export const appState = (
  live: AppState['live'],
  blue: SlotState | null,
  green: SlotState | null,
  more: Partial<AppState> = {},
): AppState => ({ live, route: live && routeOf(live), slots: { blue, green }, migration: null, ...more })

export const appStateOf = (route: string | null, blue: SlotState | null, green: SlotState | null): AppState => ({
  live: parseRoute('shop', route),
  route,
  slots: { blue, green },
  migration: null,
})

/** A good release in the history. */
export const good = (n: number, more: Partial<Release> = {}): Release => ({
  at: '2026-05-01T00:00:00.000Z',
  tag: `v${n}`,
  digest: digest(n),
  who: 'ada',
  kind: 'release',
  result: 'good',
  ...more,
})

export const historyOf = (...releases: Release[]): string =>
  releases.map((each) => `${JSON.stringify(each)}\n`).join('')

const words = (argv: readonly string[]): string => argv.map((word) => quote(word)).join(' ')
/** The command that asks for what both slots have answered. */
export const countsCommand = words(countsArgv(['shop-blue', 'shop-green']))

/** What it prints of one slot whose answers took 16 ms each. */
export const countsOf = (slot: 'blue' | 'green', all: number, errors = 0): string =>
  [
    `shop-${slot}@file all ${all}`,
    `shop-${slot}@file errors ${errors}`,
    ...['0.015 0', `0.02 ${all}`, `+Inf ${all}`].map((bucket) => `shop-${slot}@file ${bucket}`),
    '',
  ].join('\n')

/** The same as it is read. */
export const answers = (all: number, errors = 0): ResponseCounts => ({
  all,
  errors,
  durations: { '0.015': 0, '0.02': all, '+Inf': all },
})

const inspectPrefix = words(inspectArgv([]))

/** The lock's command on a host, as a test plays it. */
export interface FakeLock extends RunningCommand {
  written: string[]
  ended: boolean
  /** Prints a line, or ends (null). */
  print(line: string | null): void
}

/** A command on a channel of its own that prints what a script says. */
function spawned(output: ScriptedOutput): FakeLock {
  const { stdout = '', code = 0 } = typeof output === 'string' ? { stdout: output } : output
  const running = fakeLock(...stdout.trimEnd().split('\n'), null)
  return { ...running, end: () => (code === 0 ? running.end() : Promise.reject(new Error(`ended with ${code}`))) }
}

/** A command whose output the test prints. `end` ends its output, as lock.sh does when its input ends. */
export function fakeLock(...lines: (string | null)[]): FakeLock {
  const ready = [...lines]
  const waiting: ((line: string | null) => void)[] = []
  const lock: FakeLock = {
    written: [],
    ended: false,
    print: (line) => {
      const next = waiting.shift()
      if (next) next(line)
      else ready.push(line)
    },
    write: (text) => void lock.written.push(text),
    line: () =>
      ready.length > 0 ? Promise.resolve(ready.shift() ?? null) : new Promise((resolve) => void waiting.push(resolve)),
    end: async () => {
      lock.ended = true
      lock.print(null)
    },
  }
  return lock
}

export interface TestHostOptions extends ScriptedHostOptions {
  containers?: readonly Container[]
  /** The live route file. */
  route?: string | null
  history?: readonly Release[]
}

/**
 * A scripted host with containers, which also records what commands are given as input (`input …`), where a file is
 * staged before it is renamed (`… by /opt/traefik/staging`), and commands that run while their input stays open.
 */
export class TestHost extends ScriptedHost {
  /** By name. */
  readonly containers: Map<string, Container>
  /** What the command that runs now was given as input. */
  input = ''
  lock = fakeLock('locked')
  protected readonly known: (command: string) => ScriptedOutput | undefined

  constructor(script: Script = {}, { containers = [], route = null, history, ...options }: TestHostOptions = {}) {
    const known = (command: string): ScriptedOutput | undefined =>
      this.#docker(command) ?? (typeof script === 'function' ? script(command) : script[command])
    super(known, {
      ...options,
      files: {
        ...(route !== null && { '/opt/traefik/dynamic/shop.yaml': route }),
        ...(history && { '/opt/shop/releases.jsonl': historyOf(...history) }),
        ...options.files,
      },
    })
    this.known = known
    this.containers = new Map(containers.map((each) => [each.Name.slice(1), each]))
    const run = this.$ as (...given: unknown[]) => unknown
    const recording = (...given: unknown[]): unknown => {
      const [options] = given
      if (Array.isArray(options)) return run(...given)
      const tagged = run(options) as (...rest: unknown[]) => Promise<unknown>
      return async (...rest: unknown[]) => {
        const { input } = options as { input?: string | Secret }
        this.input = input instanceof Secret ? input.reveal() : (input ?? '')
        const before = this.commands.length
        const ended = tagged(...rest)
        if (input !== undefined) this.commands.splice(before + 1, 0, `input ${this.input}`)
        return ended
      }
    }
    Object.assign(this, { $: recording, quiet: recording, live: recording })
  }

  override async write(path: string, content: string | Buffer | Secret, options: WriteOptions = {}): Promise<void> {
    await super.write(path, content, options)
    const { staging } = options as { staging?: string }
    if (staging !== undefined) this.commands.push(`${this.commands.pop()} by ${staging}`)
  }

  override async spawn(script: string): Promise<never> {
    this.commands.push(`spawn ${script}`)
    return (script.includes('/lock.sh ') ? this.lock : spawned(this.known(script) ?? { code: 127 })) as never
  }

  /** What was run and written, each look at containers in short: `inspect shop-blue …`. */
  get log(): string[] {
    return this.commands.map((command) => command.replace(inspectPrefix, 'inspect'))
  }

  /** The same without the looks at an app's containers. */
  get changes(): string[] {
    return this.log.filter((command) => !command.startsWith('inspect '))
  }

  text(path: string): string | undefined {
    return this.files.get(path)?.content.toString()
  }

  #docker(command: string): ScriptedOutput | undefined {
    if (!command.startsWith(`${inspectPrefix} `)) return undefined
    const names = command.slice(inspectPrefix.length + 1).split(' ')
    const existing = names.flatMap((name) => this.containers.get(name) ?? [])
    const missing = names.filter((name) => !this.containers.has(name))
    return {
      stdout: existing.map((each) => `${JSON.stringify(each)}\n`).join(''),
      stderr: missing.map((name) => `Error: No such container: ${name}\n`).join(''),
      code: missing.length > 0 ? 1 : 0,
    }
  }
}

/** What a task would change on a host. */
export const check = (task: Task, host: TestHost): Promise<Change | null> => task.check(host.host)

/** Makes the change that a task's check returns. @returns what was run and written for it, without the looks at containers */
export async function apply(task: Task, host: TestHost): Promise<string[]> {
  const change = await task.check(host.host)
  if (change === null) throw new Error(`${task.name} holds already`)
  host.commands.length = 0
  await task.apply(host.host, change)
  return host.changes
}

/** Undoes a change. @returns what was run and written for it, without the looks at containers */
export async function undo(task: Task, host: TestHost, change: Change): Promise<string[]> {
  host.commands.length = 0
  await task.undo?.(host.host, change)
  return host.changes
}

/** What was thrown: its kind, its message and its hint. */
export async function failure(work: Promise<unknown>): Promise<{ kind: string; message: string; hint: unknown }> {
  const error = (await thrownBy(work)) as Error & { hint?: string }
  return { kind: error.constructor.name, message: error.message, hint: error.hint }
}

/** What was thrown. */
export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('nothing was thrown')
    },
    (thrown: unknown) => thrown,
  )
}
