import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../bin/commands.ts'
import { parseInventory } from '../runner/inventory/index.ts'
import { secretReference } from '../runner/secret/reference.ts'
import { yaml } from '../runner/packages.ts'
import { settings, topLevel } from '../tasks/app/settings.ts'
import { type CodeBlock, codeBlocks } from './code-blocks.ts'

const root = join(import.meta.dirname, '..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const named = (language: string): [string, CodeBlock][] =>
  codeBlocks()
    .filter((block) => block.language === language)
    .map((block) => [`${block.path}:${block.line}`, block])

/** A block without a language is what a program printed. */
it('the code blocks of the documents are in languages that a test looks at', () => {
  const languages = new Set(codeBlocks().map(({ language }) => language))
  expect([...languages].sort()).toEqual(['', 'sh', 'ts', 'yaml'])
})

describe('a command in the documents', () => {
  const lines = named('sh').flatMap(([place, { text }]) =>
    text
      .split('\n')
      .map((line) => line.replace(/ #.*/, ''))
      .flatMap((line) => line.split('&&'))
      .map((line): [string, string[]] => [place, line.trim().split(/ +/)])
      .filter(([, [program]]) => program !== ''),
  )

  it.each(lines)('%s: %j is there', (_, [program, ...argv]) => {
    expect(['npm', 'npx', 'export']).toContain(program)
    if (program === 'export') return
    const [command = '', name = ''] = argv
    if (program === 'npm') {
      if (command === 'run') expect(Object.keys(scripts)).toContain(name)
      else expect(['ci', 'test', 'init', 'pkg', 'install']).toContain(command)
      return
    }
    if (command === 'tsx') expect(existsSync(join(root, name)), name).toBe(true)
    else if (command === 'cutover') expect(Object.keys(commands)).toContain(name)
    else expect(['vitest', 'prettier']).toContain(command)
  })
})

describe('YAML in the documents', () => {
  it.each(named('yaml'))('%s is valid', (_, { text }) => {
    const value = yaml().parse(text) as Record<string, unknown>
    if ('hosts' in value) parseInventory(text, 'inventory.yaml', settings, { topLevelKeys: topLevel })
    else for (const reference of Object.values(value)) secretReference.parse(reference)
  })
})
