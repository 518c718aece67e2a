/** Writes a playbook with a task and its test: `npx tsx playbooks/new.ts NAME`. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Script } from 'node:vm'
import { CutoverError, exitStatus, explain, message, renderText, UsageError } from '../runner/index.ts'
import { template } from '../tasks/templates.ts'

const usage = `npx tsx playbooks/new.ts NAME          a playbook, its task, and the task's test
npx tsx playbooks/new.ts --task NAME   a task and its test
`

/** What the templates call something else. */
const taken = new Set([
  'expect',
  'host',
  'it',
  'play',
  'playbook',
  'prove',
  'run',
  'runIfMain',
  'settings',
  'task',
  'topLevel',
])

/** Whether a constant of a module can be called so. */
function isFree(word: string): boolean {
  try {
    new Script(`'use strict'; async () => { const ${word} = 0 }`)
    return !taken.has(word)
  } catch {
    return false
  }
}

/** @throws UsageError */
function parsed(): { values: { task: boolean; help: boolean }; positionals: string[] } {
  try {
    return parseArgs({
      options: { task: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(message(error).split('. ')[0]!, { hint: usage })
  }
}

function create(root: string): string[] {
  const { values, positionals } = parsed()
  if (values.help) return [usage]
  const [name, ...rest] = positionals
  if (name === undefined || rest.length > 0) throw new UsageError('what is it to be called?', { hint: usage })
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new UsageError(`'${name}' is no name for a file`, { hint: 'Small letters, digits and dashes: time-zone.' })
  const camel = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  if (!isFree(camel))
    throw new UsageError(`nothing can be called '${camel}' there: the language or the file has that word already`, {
      hint: `Say more: ${name}-file.`,
    })
  const given = { name, task: camel, title: name.replaceAll('-', ' ') }
  const files = [
    ...(values.task ? [] : [[join(root, 'playbooks', `${name}.ts`), 'new/playbook.ts.njk'] as const]),
    [join(root, 'tasks', `${name}.ts`), 'new/task.ts.njk'] as const,
    [join(root, 'test/tasks', `${name}.test.ts`), 'new/test.ts.njk'] as const,
  ]
  const there = files.find(([path]) => existsSync(path))
  if (there) throw new UsageError(`${relative(root, there[0])} is there already`)
  for (const [path, source] of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, renderText(template(source), given))
  }
  return [
    ...files.map(([path]) => relative(root, path)),
    '',
    `Try it: npx vitest run --project unit test/tasks/${name}.test.ts`,
    ...(values.task ? [] : [`        npx tsx playbooks/${name}.ts --check --diff`]),
  ]
}

try {
  console.log(create(process.cwd()).join('\n'))
} catch (error) {
  console.error(
    explain(error)
      .map((line, index) => (index === 0 ? `error: ${line}` : `  ${line}`))
      .join('\n'),
  )
  process.exitCode = error instanceof CutoverError ? error.exit : exitStatus.usage
}
