import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { attempt } from './exec.ts'
import type { Lab } from './lab.ts'

const root = join(import.meta.dirname, '..')

/** The secrets of the lab's app. One of them has every character that quoting could break on one line. */
export const secrets = {
  SHOP_SECRET_KEY: 's3cr$t `id` "q" \'s\' %d #\\ ' + 'x'.repeat(32),
  SHOP_DATABASE_PASSWORD: 'hunter2hunter2',
}

export interface Ended {
  code: number
  /** Standard output, then standard error. */
  output: string
}

/** What a playbook printed, if it did not end well; else ''. A test that expects '' shows why it fails. */
export const failureOf = ({ code, output }: Ended): string => (code === 0 ? '' : `exit status ${code}: ${output}`)

/** Runs a playbook in a process of its own, without a terminal. */
export async function cutover(
  playbook: string,
  args: readonly string[],
  inventory: string,
  env: Record<string, string | undefined> = {},
): Promise<Ended> {
  const argv = [
    process.execPath,
    '--import',
    'tsx',
    join(root, 'playbooks', `${playbook}.ts`),
    '--inventory',
    inventory,
    ...args,
  ]
  const { code, stdout, stderr } = await attempt(argv, {
    cwd: root,
    env: { ...secrets, CI: 'true', ...env },
    timeout: 280_000,
  })
  return { code, output: stdout + stderr }
}

/** When a playbook is killed. */
export interface KillTime {
  /** What its output must match first. */
  output: RegExp
  /** Milliseconds from then on. */
  after: number
}

/**
 * Runs a playbook and kills it with SIGKILL some time after it has printed something.
 * @throws Error if the playbook ends before that
 */
export async function killedAt(
  time: KillTime,
  playbook: string,
  args: readonly string[],
  inventory: string,
): Promise<void> {
  const { stdout, signal } = await signalledAt({ ...time, signal: 'SIGKILL' }, playbook, args, inventory)
  if (signal !== 'SIGKILL') throw new Error(`${playbook} ended before it printed ${time.output}:\n${stdout}`)
}

/** Runs a playbook and sends it a signal some time after it has printed something. */
export async function signalledAt(
  { output: expected, after, signal: sent }: KillTime & { signal: NodeJS.Signals },
  playbook: string,
  args: readonly string[],
  inventory: string,
): Promise<{ stdout: string; code: number | null; signal: string | null }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(root, 'playbooks', `${playbook}.ts`), '--inventory', inventory, ...args],
    { cwd: root, env: { ...process.env, ...secrets, CI: 'true' }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const before = expected.test(stdout)
    stdout += chunk.toString()
    if (!before && expected.test(stdout)) setTimeout(() => child.kill(sent), after)
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { stdout, code, signal }
}

interface RawInventory {
  defaults: Record<string, unknown>
  hosts: Record<string, Record<string, unknown>>
  apps: Record<string, Record<string, unknown>>
  vars: Record<string, unknown>
}

/** Writes a changed copy of a lab's inventory beside it. @returns its path */
export function variant(lab: Lab, name: string, change: (inventory: RawInventory) => void): string {
  const inventory = parse(readFileSync(lab.inventory, 'utf8')) as RawInventory
  change(inventory)
  const path = join(lab.directory, `${name}.yaml`)
  writeFileSync(path, stringify(inventory))
  return path
}
