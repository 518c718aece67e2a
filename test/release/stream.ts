import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { containerOf } from '../../lab/containers.ts'
import { type Ended, secrets } from '../../lab/cutover.ts'
import { docker, tryDocker } from '../../lab/engine.ts'
import { attempt } from '../../lab/exec.ts'
import type { Lab } from '../../lab/lab.ts'
import type { Build } from './build.ts'
import { type Cut, type CutOrder, orderOnHost, type Point } from './cut.ts'
import { type HostState, minuteScript, parseState, stateScript } from './host-state.ts'

/** What a run did that was listed, and perhaps cut. */
export interface Listed extends Ended {
  points: Point[]
  /** Whether it came to the command at which it was to be cut. */
  met: boolean
}

/** Seconds in which the lock of a run that was cut must be free. */
const lockIsFree = 20

/** One lab host, and all that is done with it, one after the other. */
export class Stream {
  readonly host: string
  readonly address: string
  readonly #container: string
  readonly #inventory: string
  readonly #build: Build
  readonly #folder = mkdtempSync(join(tmpdir(), 'cutover-cut-'))

  constructor(lab: Lab, host: string, inventory: string, build: Build) {
    this.host = host
    this.address = lab.hosts.find(({ name }) => name === host)?.address ?? ''
    this.#container = containerOf(lab.name, host)
    this.#inventory = inventory
    this.#build = build
  }

  /** Runs a script as root on the host. */
  on(script: string): Promise<string> {
    return docker(['exec', this.#container, 'sh', '-c', script])
  }

  /** Runs the command on this machine. */
  async run(playbook: string, args: readonly string[], order?: CutOrder): Promise<Ended> {
    const words = [playbook, '-i', this.#inventory, '--limit', this.host, ...args]
    const env = { ...secrets, CI: 'true', CUTOVER_CUT: order && JSON.stringify(order) }
    // In the repository's folder, the command would be that of a `dist/` which somebody has built there.
    const options = { env, cwd: this.#folder, timeout: 600_000 }
    const { code, stdout, stderr } = await attempt([...this.#build.command, ...words], options)
    return { code, output: stdout + stderr }
  }

  /** The same, with a list of its commands; it may be cut at one of them. */
  async listed(playbook: string, args: readonly string[], cut?: Cut): Promise<Listed> {
    const list = join(this.#folder, randomUUID())
    const ended = await this.run(playbook, args, { list, cut })
    return { ...ended, ...readList(readFileSync(list, 'utf8')) }
  }

  /**
   * Runs the command, lets something happen while it waits at one of its commands, and lets it go on.
   * @param where matches the command
   * @throws Error if it ends before it came there
   */
  async disturbed(
    argv: readonly [playbook: string, ...args: string[]],
    { where, when = 'before' }: { where: RegExp; when?: Cut['when'] },
    happens: () => Promise<unknown>,
  ): Promise<Ended> {
    const list = join(this.#folder, randomUUID())
    const [playbook, ...args] = argv
    let ended = false
    const running = this.run(playbook, args, { list, cut: { how: 'hold', when, matching: where.source } }).finally(
      () => (ended = true),
    )
    const hasMet = (): boolean => existsSync(list) && readFileSync(list, 'utf8').includes('met\n')
    while (!hasMet()) {
      if (ended) throw new Error(`${playbook} never came to ${where}: ${(await running).output}`)
      await sleep(20)
    }
    await happens().finally(() => writeFileSync(`${list}.go`, ''))
    return running
  }

  /** Runs the program on the host. */
  async program(...argv: readonly string[]): Promise<Ended> {
    const { code, stdout, stderr } = await tryDocker(['exec', this.#container, ...argv])
    return { code, output: stdout + stderr }
  }

  /** The same, with a list of its commands; it may be killed at one of them. */
  async listedProgram(argv: readonly string[], cut?: Cut): Promise<Listed> {
    const order: CutOrder = { list: '/run/cutover-cut-list', cut }
    await this.on(`rm -f ${order.list}; printf '%s' '${JSON.stringify(order)}' >${orderOnHost}`)
    const ended = await this.program(...argv)
    const text = await this.on(`cat ${order.list}; rm -f ${order.list} ${orderOnHost}`)
    return { ...ended, ...readList(text) }
  }

  /** The poller finds that its tag has moved, and releases it. */
  async pollerSees(tag: string): Promise<void> {
    await this.on(`sed -i '2s/.*/${tag}/' /opt/shop/follow; rm -f /opt/shop/followed /run/cutover-poll-shop.*`)
  }

  /** The state as it is. */
  async look(): Promise<HostState> {
    return parseState(await this.on(stateScript))
  }

  /** The state once the host has tidied up, which it does each minute with what is an hour old. */
  async state(): Promise<HostState> {
    await this.on(minuteScript)
    return this.look()
  }

  /** Waits for the lock of a run that was cut. @returns whether it is free */
  async lockIsFree(): Promise<boolean> {
    for (let tries = 0; tries < lockIsFree * 5; tries++) {
      const said = await this.on('exec sh /opt/cutover/lock.sh /opt/shop/lock the-test </dev/null')
      if (said === 'locked') return true
      await sleep(200)
    }
    return false
  }

  /** Images that no container uses are not there any more: the next release pulls. */
  async forgetImages(): Promise<void> {
    await this.on(
      // The last migration's container has ended, and holds its image.
      `docker rm shop-migration >/dev/null 2>&1; docker images --no-trunc --digests --format '{{.Repository}}@{{.Digest}}' | grep /steady@ | xargs -rn 1 docker rmi >/dev/null 2>&1; true`,
    )
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function readList(text: string): Pick<Listed, 'points' | 'met'> {
  const lines = text.split('\n').filter(Boolean)
  return {
    points: lines.filter((line) => line !== 'met').map((line) => JSON.parse(line) as Point),
    met: lines.includes('met'),
  }
}
