import type { Emit } from '../../../runner/events.ts'
import type { OnHost } from '../../../runner/play/on-host.ts'
import { flatSteps } from '../../../runner/play/index.ts'
import type { ScriptedOutput } from '../../../runner/task/kit.ts'
import type { Runtime } from '../../../runner/task/runtime.ts'
import { runTransaction } from '../../../runner/task/transaction.ts'
import type { Release } from '../../../tasks/blue-green/history.ts'
import { canaryIn } from '../../../tasks/proxy/canary-note.ts'
import { parseRoute } from '../../../tasks/proxy/route.ts'
import { platformFact } from '../../../tasks/system/platform.ts'
import { container, digest, fakeLock, TestHost } from './builders.ts'
import { clock } from './clock.ts'

const routeFile = '/opt/traefik/dynamic/shop.yaml'
const history = '/opt/shop/releases.jsonl'
const networkAddress: Readonly<Record<string, string>> = { 'shop-blue': '172.18.0.2', 'shop-green': '172.18.0.3' }

/** The words of a command, as a shell reads them. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/(?:'[^']*'|\\.|[^\s'])+/g)].map(([word]) => word.replace(/'([^']*)'|\\(.)/gs, '$1$2'))

/**
 * A host with a small Docker, Traefik, registry and PostgreSQL: containers by name, images by reference. What it is
 * asked for in a release is in its log: the steps (`# pull`), the commands that change something in full, and the
 * questions in short. Looks at containers are left out.
 */
export class SimulatedHost extends TestHost {
  /** Tags of the registry, with the number of their digest. */
  readonly registry = new Map<string, number>([
    ['v1', 1],
    ['v2', 2],
    ['latest', 2],
  ])
  /** Digests whose app never answers its health path well. */
  readonly broken = new Set<number>()
  /** Digests whose answers to users are all 5xx. */
  readonly failing = new Set<number>()
  /** Digests whose answers take half a second, and not 20 ms. */
  readonly slow = new Set<number>()
  /** Nobody asks for anything. */
  noRequests = false
  /** Answers to exact commands, instead of those of the simulation. */
  readonly answers = new Map<string, ScriptedOutput>()
  config = 'config-a'
  migrationStatus = '0'
  /** Digests under which an image is that of another one. */
  readonly sameImage = new Map<number, number>()
  /** There is memory for a slot in standby. */
  room = true
  /** The database has another password than the inventory says. */
  formerPassword = false
  readonly #images = new Set<string>()
  #routeWritten = 0
  #answers = 0

  constructor() {
    super((command) => this.answers.get(command) ?? this.#run(command), {
      facts: [[platformFact as never, { docker: 'linux/amd64' }]],
    })
    this.containers.set('shop-postgres', container('shop-postgres'))
    clock.onSleep = () => this.commands.push(`sleep ${clock.sleeps.at(-1)}`)
  }

  /** The log since the last call. */
  takeLog(): string[] {
    return folded(this.commands.splice(0).flatMap((command) => shortened(command) ?? []))
  }

  get history(): Release[] {
    const lines = (this.text(history) ?? '').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as Release)
  }

  override async write(...given: Parameters<TestHost['write']>): Promise<void> {
    await super.write(...given)
    if (given[0] === routeFile) this.#routeWritten = Date.now()
  }

  override spawn(script: string): Promise<never> {
    if (script.includes('/lock.sh ')) this.lock = fakeLock('locked')
    return super.spawn(script)
  }

  get #live(): string | null {
    const slot = parseRoute('shop', this.text(routeFile) ?? null)
    return slot && `shop-${slot}`
  }

  /** What Traefik routes to. */
  get #service(): string | null {
    return canaryIn(this.text(routeFile) ?? null) === null ? this.#live : 'shop.canary'
  }

  #run(command: string): ScriptedOutput | undefined {
    if (command.startsWith('/opt/cutover/digest.sh ')) return this.#digest(command)
    if (command.startsWith('/opt/cutover/registry-get.sh ')) return ''
    if (command.endsWith('| sha256sum | cut -c1-12')) return this.config
    if (command.startsWith('if [ -f /opt/shop/app.env.sh ]')) return this.#inTurn(command.split('fi; ')[1] ?? '')
    if (command.startsWith('with PGDATABASE=')) return this.#restore()
    if (command.startsWith('docker ')) return this.#inTurn(command)
    if (command.startsWith("sh -c 'times=")) return this.#probe(command)
    if (command.startsWith('for n in 0 1 2 3 4;')) return this.#public()
    if (command.includes('/api/http/routers/shop@file'))
      return this.#service ? JSON.stringify({ service: this.#service, status: 'enabled' }) : { code: 22 }
    if (command.includes('/metrics')) return this.#metrics(command)
    if (command.startsWith('echo $(( $(date')) return String(Date.now() - this.#routeWritten)
    if (command.startsWith('/opt/cutover/standby.sh --memory')) return { code: this.room ? 0 : 1 }
    if (command === 'date +%s') return String(Math.floor(Date.now() / 1000))
    if (command.startsWith('cat >>')) return this.#append()
    if (command.startsWith('rm -f ')) return { changes: () => this.files.delete(command.split(' ').at(-1) ?? '') }
    if (command.includes('/networks/traefik-public-shop')) return '{"Labels":{"cutover.address":"172.20.255.254"}}\n200'
    if (command.includes('/run/docker.sock')) return '{"Labels":{"cutover.address":"172.19.128.2"}}\n200'
    if (command.startsWith('[ -f /opt/shop/postgres/password ]')) return ''
    if (command.includes(' -D - ')) return 'HTTP/1.1 503 Service Unavailable\r\n\r\nexit 0\n'
    if (command.startsWith('sh -c ')) return { code: 1 }
    return command.endsWith('| head -c 2000') ? 'not ready' : undefined
  }

  #digest(command: string): ScriptedOutput {
    const number = this.registry.get(wordsOf(command)[2] ?? '')
    return number === undefined ? { code: 4, stderr: 'no such tag' } : digest(number)
  }

  /** Commands of docker with `&&` between them. */
  #inTurn(command: string): ScriptedOutput | undefined {
    const words = wordsOf(command)
    const end = words.indexOf('&&')
    const first = end < 0 ? words : words.slice(0, end)
    const made = /^(create|run)$/.test(first[1] ?? '') ? this.#create(first) : this.#docker(first)
    return end < 0 ? made : this.#inTurn(command.slice(command.indexOf(' && ') + 4))
  }

  #create(argv: string[]): ScriptedOutput {
    const name = argv[argv.indexOf('--name') + 1] ?? ''
    const labels = argv.flatMap((word, index) => (argv[index - 1] === '--label' ? [word] : []))
    const created = container(name, {
      running: argv[1] === 'run',
      labels: Object.fromEntries(labels.map((label) => label.split(/=(.*)/s).slice(0, 2) as [string, string])),
      health: 'healthy',
      address: networkAddress[name],
      image: `id of ${argv.find((word) => word.startsWith('x/shop@'))}`,
    })
    const valuesOf = (option: string): string[] => argv.flatMap((word, at) => (argv[at - 1] === option ? [word] : []))
    created.HostConfig.ExtraHosts = valuesOf('--add-host')
    created.Config.StopTimeout = Number(valuesOf('--stop-timeout')[0] ?? 10)
    this.containers.set(name, created)
    return ''
  }

  #docker(argv: string[]): ScriptedOutput | undefined {
    const [, verb = '', ...rest] = argv.filter((word) => !/^2?>/.test(word))
    const name = rest.at(-1) ?? ''
    const one = this.containers.get(name)
    if (verb === 'exec') return this.#database(argv)
    if (verb === 'image') return this.#image(rest)
    if (verb === 'ps') return [...this.containers.values()].map(({ Image }) => Image).join('\n')
    if (verb === 'pull') this.#images.add(name)
    if (verb === 'logs') return 'its last words'
    if (verb === 'rm') this.containers.delete(name)
    if (verb === 'start' && one) one.State.Running = true
    if (verb === 'stop' && one) one.State.Running = false
    if (verb === 'update' && one) one.HostConfig.RestartPolicy.Name = rest[1] ?? ''
    if (verb !== 'wait') return ''
    if (one) Object.assign(one.State, { Status: 'exited', Running: false, ExitCode: Number(this.migrationStatus) })
    return this.migrationStatus
  }

  #image([verb = '', ...rest]: string[]): ScriptedOutput {
    const name = rest.at(-1) ?? ''
    if (verb === 'ls')
      return [...this.#images]
        .map((each) => `${each.split('@')[1]} id of ${each} <none>`.replace(/id of /, 'id-of-'))
        .join('\n')
    if (verb === 'rm') return { changes: () => this.#images.delete(name) }
    if (!this.#images.has(name)) return { code: 1 }
    if (!rest.includes('{{.Id}}')) return 'linux/amd64'
    const [, same] = [...this.sameImage].find(([number]) => name.endsWith(digest(number))) ?? []
    return `id of ${same === undefined ? name : `x/shop@${digest(same)}`}`
  }

  #numberOf(name: string | null): number {
    return Number(/sha256:(\d)/.exec(this.containers.get(name ?? '')?.Config.Labels?.['cutover.digest'] ?? '')?.[1])
  }

  #probe(command: string): ScriptedOutput {
    const address = /http:\/\/([\d.]+):/.exec(command)?.[1]
    const name = Object.keys(networkAddress).find((each) => networkAddress[each] === address) ?? ''
    return this.broken.has(this.#numberOf(name)) ? '503 0' : '200 3'
  }

  #public(): ScriptedOutput {
    const mark = this.containers.get(this.#live ?? '')?.Config.Labels?.['cutover.mark'] ?? ''
    return `HTTP/1.1 200 OK\r\nX-Cutover: ${mark}\r\n\r\n---\n`.repeat(5)
  }

  #metrics(command: string): ScriptedOutput {
    const names = [...command.matchAll(/service="(shop-\w+)@file"/g)].map(([, name = '']) => name)
    if (this.noRequests) return ''
    const canary = canaryIn(this.text(routeFile) ?? null)
    this.#answers += 10
    return names
      .filter((each) => each === this.#live || each === `shop-${canary?.slot}`)
      .map((name) => {
        const errors = this.failing.has(this.#numberOf(name)) ? this.#answers : 0
        const quick = this.slow.has(this.#numberOf(name)) ? 0 : this.#answers
        const times = canary ? `\n${name}@file 0.015 0\n${name}@file 0.02 ${quick}\n${name}@file 0.4 ${quick}` : ''
        const last = canary ? `\n${name}@file 0.5 ${this.#answers}\n${name}@file +Inf ${this.#answers}` : ''
        return `${name}@file all ${this.#answers}\n${name}@file errors ${errors}${times}${last}`
      })
      .join('\n')
  }

  #append(): ScriptedOutput {
    const content = (this.text(history) ?? '') + this.input
    this.files.set(history, { content, mode: '644', owner: 'root:root' })
    return ''
  }

  #restore(): ScriptedOutput {
    if (this.input.startsWith('ALTER ROLE CURRENT_USER PASSWORD ')) this.formerPassword = true
    return ''
  }

  #database(argv: string[]): ScriptedOutput {
    if (argv.includes('change')) this.formerPassword = false
    return argv.includes('try') && this.formerPassword ? 'kept:former' : ''
  }
}

/** A command as the log shows it; null: not at all. */
function shortened(command: string): string | null {
  if (command.includes('/metrics'))
    return `${command.startsWith('spawn ') ? '?? ' : '? '}Traefik’s counts of both slots`
  if (/^(sleep|barrier|spawn|#) ?/.test(command)) return command.replace(/^spawn .*"why":"([^"]*)".*/, 'lock: $1')
  if (command.startsWith("sh -c 'times=")) return `? three probes of ${/http:\/\/(\S+)/.exec(command)?.[1]}`
  if (/^(docker inspect|inspect|sh -c) /.test(command)) return null
  if (command.startsWith('input [')) return null
  if (command.endsWith('| sha256sum | cut -c1-12')) return '? digest of the settings'
  if (command.startsWith('for n in 0 1 2 3 4;')) return '? five public requests'
  if (command.includes('/api/http/routers/')) return '? Traefik’s route'
  if (command.startsWith('echo $(( $(date')) return '? age of the route'
  if (command.includes('/networks/traefik-public-shop')) return '? addresses of the slots'
  if (command.includes('/run/docker.sock')) return '? address of the database'
  if (command.includes(' -D - ') || command.endsWith('| head -c 2000')) return '? what the health path answers'
  return command
    .trim()
    .replace(/'cutover\.route=(?:[^']|'\\'')*'/, 'cutover.route=ROUTE')
    .replace(/cutover\.mark=\w+/, 'cutover.mark=MARK')
    .replace(/sha256:(\d)\1+/g, 'sha256:$1…')
    .replace('"$(cat /opt/cutover/database-password.sh)"', 'database-password.sh')
    .replace(/ sh -c 'command -v psql[^]*/, ' psql')
}

/** Lines with each block of up to three lines that is repeated written once: its last line says how often. */
function folded(lines: readonly string[]): string[] {
  const result: string[] = []
  for (let index = 0; index < lines.length;) {
    const block = [3, 2, 1]
      .map((size) => ({ size, times: repetitions(lines, index, size) }))
      .find(({ times }) => times > 2)
    const { size, times } = block ?? { size: 1, times: 1 }
    const written = lines.slice(index, index + size)
    result.push(...written.slice(0, -1), `${written.at(-1)}${times > 1 ? ` (${size} lines, ${times} times)` : ''}`)
    index += size * times
  }
  return result
}

/** How often a block of lines stands one after the other. */
function repetitions(lines: readonly string[], from: number, size: number): number {
  const block = lines.slice(from, from + size).join('\n')
  let times = 1
  while (lines.slice(from + times * size, from + (times + 1) * size).join('\n') === block) times++
  return times
}

/** One host of a play, whose tasks run on a scripted host. Its barriers are open at once. */
export function onHost(
  host: TestHost,
  {
    check = false,
    barrier = async () => undefined,
  }: { check?: boolean; barrier?: (gate: string) => Promise<void> } = {},
): OnHost<unknown> {
  const emit: Emit = (event) => {
    if (event.type === 'task-start') host.commands.push(`# ${event.phase === 'undo' ? 'undo ' : ''}${event.task}`)
  }
  const runtime: Runtime = {
    name: host.name,
    check,
    signal: new AbortController().signal,
    emit,
    host: () => host.host,
    changed: () => undefined,
    throwIfLost: () => undefined,
    generation: () => 0,
    reconnect: () => Promise.resolve(false),
    state: { wouldChange: false },
    notified: new Map(),
  }
  const on: Partial<OnHost<unknown>> = {
    check,
    view: host.host,
    uninterruptible: host.host,
    say: (text) => void host.commands.push(`say: ${text}`),
    measured: () => undefined,
    barrier: (gate) => ({
      wait: gate,
      until: async () => {
        host.commands.push(`barrier: ${gate}`)
        await barrier(gate)
      },
    }),
    transaction: async (...steps) => {
      await runTransaction(runtime, flatSteps('transaction', steps))
      return new Map()
    },
  }
  return on as OnHost<unknown>
}
