/** Writes a playbook with a task and its test: `npx tsx tools/new.ts NAME`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Script } from 'node:vm'
import { commandLine, exitStatus, parseArguments, renderText, UsageError } from '../runner/index.ts'
import { templatePath } from '../tasks/templates.ts'
import { runTool } from './run-tool.ts'

const usage = (): string => `Usage: ${commandLine('new')} [--task] [FOLDER/]NAME

Writes a playbook, its task, and the task's test; with --task only the task and its test. FOLDER is one below tasks/.
Where there is no tsconfig.json, it writes one.
`

const options = {
  task: { type: 'boolean', help: 'no playbook' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const

/** Words that the templates use for something else. */
const reserved = new Set([
  'assert',
  'expect',
  'host',
  'it',
  'play',
  'playbook',
  'prove',
  'run',
  'runIfMain',
  'task',
  'test',
])

/** Whether a constant of a module can have this name. */
function isFree(word: string): boolean {
  try {
    new Script(`'use strict'; async () => { const ${word} = 0 }`)
    return !reserved.has(word)
  } catch {
    return false
  }
}

/** The name in camel case. @throws UsageError for a name that a file or a constant cannot have */
function constantOf(name: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new UsageError(`'${name}' is not a valid file name`, {
      hint: 'Use small letters, digits and dashes: time-zone.',
    })
  const camel = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  if (!isFree(camel))
    throw new UsageError(`nothing can be called '${camel}' there: the language or the file has that word already`, {
      hint: `Say more: ${name}-file.`,
    })
  return camel
}

/** Whether this is the product's own repository; else it is a folder in which the package is installed. */
const isRepository = (root: string): boolean => existsSync(join(root, 'runner/index.ts'))

/**
 * What the files import: the runner and the tasks of the repository, or the installed package.
 * @param up from the task's folder to tasks/: '' or '../'
 */
function modules(root: string, up: string): Record<'runner' | 'kit' | 'runnerOfTask', string> {
  return isRepository(root)
    ? {
        runner: '../runner/index.ts',
        runnerOfTask: `${up}../runner/index.ts`,
        kit: `${up}../../runner/task/kit.ts`,
      }
    : { runner: 'cutover', runnerOfTask: 'cutover', kit: 'cutover/kit' }
}

/** Whether Node takes the files of a folder as modules, which may wait at their top level. */
function isModule(root: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { type?: unknown }).type === 'module'
  } catch {
    return false
  }
}

/** Node 22.18 and newer read TypeScript by themselves. */
const testCommand = (process.features as { typescript?: unknown }).typescript
  ? 'node --test'
  : 'node --import tsx --test'

/** Writes the files below a folder. @returns the lines to print @throws UsageError where a file exists already */
function written(root: string, argv: readonly string[]): string[] {
  const { values, positionals } = parseArguments(argv, options, true)
  if (values.help) return [usage()]
  const [name, ...others] = positionals
  if (name === undefined || others.length > 0) throw new UsageError('what is it to be called?', { hint: usage() })
  const [last = '', folder] = name.split('/').reverse()
  if (name.split('/').length > 2 || (folder !== undefined && !/^[a-z][a-z0-9-]*$/.test(folder)))
    throw new UsageError(`'${name}' is not a valid file name`, {
      hint: 'Use a name, or FOLDER/NAME: system/time-zone.',
    })
  const up = folder === undefined ? '' : '../'
  const variables = { name, last, task: constantOf(last), title: last.replaceAll('-', ' '), up, ...modules(root, up) }
  const files = [
    ...(values.task ? [] : [{ path: join(root, 'playbooks', `${last}.ts`), source: 'new/playbook.ts.njk' }]),
    { path: join(root, 'tasks', `${name}.ts`), source: 'new/task.ts.njk' },
    {
      path: join(root, 'test/tasks', `${name}.test.ts`),
      source: isRepository(root) ? 'new/test.ts.njk' : 'new/node-test.ts.njk',
    },
  ]
  const existing = files.find(({ path }) => existsSync(path))
  if (existing) throw new UsageError(`${relative(root, existing.path)} is there already`)
  if (!existsSync(join(root, 'tsconfig.json')))
    files.push({ path: join(root, 'tsconfig.json'), source: 'new/tsconfig.json.njk' })
  for (const { path, source } of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, renderText(templatePath(source), variables))
  }
  return [
    ...files.map(({ path }) => relative(root, path)),
    '',
    ...(isRepository(root) || isModule(root) ? [] : ['First:  npm pkg set type=module']),
    `Try it: ${isRepository(root) ? 'npx vitest run' : testCommand} test/tasks/${name}.test.ts`,
    ...(values.task ? [] : [`        ${commandLine(last, '--check', '--diff')}`]),
  ]
}

/** Runs the command. @returns the exit status of the program @throws UsageError */
export async function create(argv: readonly string[]): Promise<number> {
  console.log(written(process.cwd(), argv).join('\n'))
  return exitStatus.ok
}

await runTool(import.meta, create)
