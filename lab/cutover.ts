import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { attempt } from './exec.ts'
import type { Lab } from './lab.ts'

const root = join(import.meta.dirname, '..')

/** What the lab's app needs to be told. One of them is as nasty as a value can be on one line. */
export const secrets = {
  SHOP_SECRET_KEY: 's3cr$t `id` "q" \'s\' %d #\\ ' + 'x'.repeat(32),
  SHOP_DATABASE_PASSWORD: 'hunter2hunter2',
}

export interface Ended {
  code: number
  /** Both streams, in no certain order between them. */
  output: string
}

/** Runs a playbook as a person does. */
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

/** Runs a playbook and kills it, hard, so many ms after it has printed something. */
export async function killedAt(
  said: RegExp,
  after: number,
  playbook: string,
  args: readonly string[],
  inventory: string,
): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(root, 'playbooks', `${playbook}.ts`), '--inventory', inventory, ...args],
    { cwd: root, env: { ...process.env, ...secrets, CI: 'true' }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const before = said.test(output)
    output += chunk.toString()
    if (!before && said.test(output)) setTimeout(() => child.kill('SIGKILL'), after)
  })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`${playbook} ended before it said ${said}:\n${output}`)
}

interface Raw {
  defaults: Record<string, unknown>
  hosts: Record<string, Record<string, unknown>>
  apps: Record<string, Record<string, unknown>>
  vars: Record<string, unknown>
}

/** A lab's inventory with something changed, in a file beside it. */
export function variant(lab: Lab, name: string, change: (inventory: Raw) => void): string {
  const inventory = parse(readFileSync(lab.inventory, 'utf8')) as Raw
  change(inventory)
  const path = join(lab.directory, `${name}.yaml`)
  writeFileSync(path, stringify(inventory))
  return path
}
