import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { message, UsageError } from '../errors.ts'
import { type Source, valueSource } from './source.ts'

const module_ = /\.[cm]?[jt]s$/
const text = /\.(ya?ml|json)$/

/** Whether an inventory is a program: a module, or an executable file that is not named as data. */
export function isDynamic(path: string): boolean {
  if (module_.test(path)) return true
  if (text.test(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs an inventory that is a program: a module's default export (called, if a function), or what `PROGRAM --list` prints as JSON. @throws UsageError */
export async function dynamicSource(path: string): Promise<Source> {
  const at = resolve(path)
  try {
    if (module_.test(path)) return valueSource(await imported(at), path)
    const { value, text } = await listed(at)
    return valueSource(value, path, text)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const stderr = (error as { stderr?: string }).stderr?.trim()
    throw new UsageError(
      `the inventory ${path} failed: ${stderr ? stderr.split('\n').at(-1) : message(error).split('\n')[0]}`,
      { cause: error },
    )
  }
}

async function imported(path: string): Promise<unknown> {
  const { default: given } = (await import(pathToFileURL(path).href)) as { default?: unknown }
  if (given === undefined)
    throw new UsageError(`the inventory ${path} has no default export`, {
      hint: 'export default { hosts: … }, or a function that gives that.',
    })
  return typeof given === 'function' ? await (given as () => unknown)() : given
}

async function listed(path: string): Promise<{ value: unknown; text: string }> {
  const { stdout } = await promisify(execFile)(path, ['--list'], { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 })
  try {
    return { value: JSON.parse(stdout) as unknown, text: stdout }
  } catch (cause) {
    throw new UsageError(`the inventory ${path} printed no JSON: ${message(cause)}`, { cause })
  }
}
