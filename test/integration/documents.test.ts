import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { throwAway, type ThrowAway } from '../../lab/throw-away.ts'
import { prove } from '../../runner/task/kit.ts'
import type { Task } from '../../runner/task/task.ts'
import { documentPath, taskPage } from '../../tools/task-docs.ts'
import { codeBlocks } from '../code-blocks.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.cutover/documents')

/** The TypeScript of each document, as one module. Its imports of the package are this repository, as tsconfig.json says. */
function writeModules(): string[] {
  const texts = new Map<string, string>()
  for (const { path, language, text } of codeBlocks())
    if (language === 'ts') texts.set(path, `${texts.get(path) ?? ''}${text}\n`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // The template of an example.
  writeFileSync(join(folder, 'shop.conf.njk'), 'server_name {{ domain }};\n')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{ "extends": "../../tsconfig.json", "include": ["*.ts"], "exclude": [] }',
  )
  return [...texts].map(([path, text]) => {
    const file = join(folder, `${path.replace(/\W/g, '-')}.ts`)
    writeFileSync(
      file,
      text.replace(/ from '\.\.\/([^']*)'/g, (_, path: string) => ` from '${join(root, path)}'`),
    )
    return file
  })
}

let lab: ThrowAway
beforeAll(async () => {
  lab = await throwAway()
}, 300_000)
afterAll(() => lab.close())

it('the TypeScript in the documents compiles, runs, and its task does on a host what it says', async () => {
  const files = writeModules()
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
    'README-md.ts',
    'docs-runner-md.ts',
    'docs-tasks-md.ts',
  ])
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
    {
      encoding: 'utf8',
    },
  )
  expect([status, stdout]).toEqual([0, ''])
  for (const file of files) {
    // The one in docs/runner.md proves its task on a host of its own.
    const { greeting } = (await import(file)) as { greeting?: (text: string) => Task }
    // The examples in docs/tasks.md only make their tasks, which refuse what is not valid.
    if (greeting) await prove(greeting(`hello from ${file}\n`), lab.host, { change: 'another text' })
  }
}, 120_000)

it('docs/tasks.md says what the comments of the tasks say', async () => {
  const page = await format(taskPage(), { ...(await resolveConfig(documentPath)), filepath: documentPath })
  expect(readFileSync(documentPath, 'utf8'), 'npm run task-docs writes it').toBe(page)
}, 60_000)
