import { readFileSync, writeFileSync } from 'node:fs'
import { MissingError } from '../errors.ts'
import type { WriteOptions } from '../file-options.ts'
import {
  type CommandEnd,
  type CommandRequest,
  createShell,
  type Fact,
  type FileState,
  type Host,
  type OutputStreams,
  type PathState,
  type StatOptions,
} from '../host/index.ts'
import type { Secret } from '../secret/index.ts'
import { type ScriptedPath, type ScriptedPaths, scriptedPaths } from './scripted-paths.ts'

/**
 * What a command prints, and its exit status. `changes` is for a command that changes the host: it is called when the
 * command runs.
 */
export type ScriptedOutput = string | { stdout?: string; stderr?: string; code?: number; changes?: () => void }

/**
 * The commands that a scripted host knows, exactly as the shell gets them; or a function that returns undefined for an
 * unknown one. Options that change what a command does stand before it: `as postgres, in /srv, with TZ=UTC: psql -l`.
 */
export type Script = Readonly<Record<string, ScriptedOutput>> | ((command: string) => ScriptedOutput | undefined)

export interface ScriptedHostOptions {
  /** What is on the host, by path. */
  files?: Readonly<Record<string, ScriptedPath>>
  /** Default: ssh. */
  connection?: Host['connection']
  /** Facts that are known without a command. */
  facts?: readonly (readonly [Fact<never>, unknown])[]
}

/**
 * A host that exists only in a script, for tests of what a task reports and of the commands that it runs. It does not
 * prove that a real host behaves in the same way.
 */
export class ScriptedHost {
  readonly name = 'scripted'
  readonly login = { address: '192.0.2.1', port: 22, user: 'test' }
  readonly connection: Host['connection']
  /** Every command, every file that was written (`write PATH MODE OWNER`) and every `reconnect`, in order. */
  readonly commands: string[] = []
  /** The paths that were written, and the commands with `changes`, in order. */
  readonly written: string[] = []
  /** What was said of the progress, in order. */
  readonly said: string[] = []
  /** By path. */
  readonly files: ScriptedPaths
  readonly #script: Script
  readonly #facts: Map<unknown, unknown>

  constructor(script: Script = {}, { files = {}, facts = [], connection = 'ssh' }: ScriptedHostOptions = {}) {
    this.#script = script
    this.connection = connection
    this.#facts = new Map(facts)
    this.files = scriptedPaths(files)
  }

  /** This host with the type that tasks take. */
  get host(): Host {
    return this
  }

  /** Checks values and options as a real host does. */
  readonly $ = createShell(this.name, (command, streams) => this.#run(command, streams))
  readonly quiet = this.$
  readonly live = this.$

  progress(text: string): void {
    this.said.push(text)
  }

  async fact<T>(fact: Fact<T>): Promise<T> {
    if (this.#facts.has(fact)) return this.#facts.get(fact) as T
    return fact.parse((await this.$`${fact.command}`).stdout)
  }

  async stat(path: string, options?: StatOptions): Promise<PathState | null> {
    return this.files.stat(path, options)
  }

  async read(path: string): Promise<string | null> {
    return this.files.text(path)
  }

  async bytes(path: string): Promise<Buffer | null> {
    return this.files.bytes(path)
  }

  async file(path: string, { digest = false }: { digest?: boolean } = {}): Promise<FileState | null> {
    const state = this.files.stat(path, { follow: true, digest })
    if (state?.kind !== 'file') return null
    const { mode, owner } = state
    return { content: digest ? (state.digest ?? '') : (this.files.text(path) ?? ''), mode, owner }
  }

  /** A command of `validate` runs as `VALIDATOR … TEMPORARY`. */
  async write(path: string, content: string | Buffer | Secret, options: WriteOptions = {}): Promise<void> {
    if (options.validate) await this.$`${options.validate.map((word) => word.replaceAll('%s', 'TEMPORARY'))}`
    const { mode, owner } = this.files.write(path, content, options)
    this.written.push(path)
    this.commands.push(`write ${path} ${mode} ${owner}`)
  }

  async upload(from: string, to: string, options?: WriteOptions): Promise<void> {
    return this.write(to, readFileSync(from), options)
  }

  async fetch(from: string, to: string): Promise<void> {
    const bytes = this.files.bytes(from)
    if (bytes === null) throw new MissingError(`there is no file ${from} on the host`)
    writeFileSync(to, bytes, { mode: 0o600 })
  }

  feed(script: string): Promise<never> {
    return this.spawn(script)
  }

  spawn(script: string): Promise<never> {
    return Promise.reject(
      new Error(`a scripted host cannot run a command with input, test this on a real host: ${script.split('\n')[0]}`),
    )
  }

  withNewConnection<T>(work: (host: Host) => Promise<T>): Promise<T> {
    return work(this.host)
  }

  reconnect(): Promise<void> {
    this.commands.push('reconnect')
    return Promise.resolve()
  }

  async #run({ description }: CommandRequest, streams: OutputStreams): Promise<CommandEnd> {
    const command = description.trim()
    const output = typeof this.#script === 'function' ? this.#script(command) : this.#script[command]
    if (output === undefined) throw new Error(`the script of this host does not know the command: ${command}`)
    this.commands.push(command)
    const { stdout = '', stderr = '', code = 0, changes } = typeof output === 'string' ? { stdout: output } : output
    if (changes) {
      this.written.push(command)
      changes()
    }
    streams.stdout.write(stdout)
    streams.stderr.write(stderr)
    return { exitCode: code, output: `${stdout}\n${stderr}`.trim() }
  }
}
