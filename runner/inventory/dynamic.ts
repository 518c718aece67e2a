import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { message, UsageError } from '../errors.ts'
import { type Source, valueSource } from './source.ts'

const moduleName = /\.[cm]?[jt]s$/
const dataName = /\.(ya?ml|json)$/

/** In bytes. */
const maximumOutput = 64 * 1024 * 1024
/** In ms. */
const timeout = 60_000

/** Whether an inventory is a program: a JavaScript or TypeScript module, or an executable file without the name of a data file. */
export function isDynamic(path: string): boolean {
  if (moduleName.test(path)) return true
  if (dataName.test(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Runs an inventory that is a program. Of a module, the inventory is the default export, which is called if it is a
 * function. Of any other program, it is the JSON that `PROGRAM --list` prints.
 * @throws UsageError if the program fails or does not give an inventory
 */
export async function dynamicSource(path: string): Promise<Source> {
  const absolute = resolve(path)
  try {
    if (moduleName.test(path)) return valueSource(await defaultExport(absolute, path), path)
    const { value, text } = await listOutput(absolute, path)
    return valueSource(value, path, text)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const stderr = (error as { stderr?: string }).stderr?.trim()
    const reason = stderr ? stderr.split('\n').at(-1) : message(error).split('\n')[0]
    throw new UsageError(`the inventory ${path} failed: ${reason}`, { cause: error })
  }
}

async function defaultExport(absolute: string, path: string): Promise<unknown> {
  const { default: exported } = (await import(pathToFileURL(absolute).href)) as { default?: unknown }
  if (exported === undefined)
    throw new UsageError(`the inventory ${path} has no default export`, {
      hint: 'Write export default { hosts: … }, or export a function that returns it.',
    })
  return typeof exported === 'function' ? await (exported as () => unknown)() : exported
}

async function listOutput(absolute: string, path: string): Promise<{ value: unknown; text: string }> {
  const { stdout } = await promisify(execFile)(absolute, ['--list'], { maxBuffer: maximumOutput, timeout })
  try {
    return { value: JSON.parse(stdout) as unknown, text: stdout }
  } catch (cause) {
    throw new UsageError(`the inventory ${path} did not print valid JSON: ${message(cause)}`, { cause })
  }
}
