import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const example = 'examples/first-five-minutes'
const comparison = 'docs/first-five-minutes'
/** The files of which lines are counted. */
const files: Record<string, readonly string[]> = {
  Cutover: [`${example}/playbooks/servers.ts`, `${example}/inventory.yaml`],
  Ansible: [`${comparison}/ansible/servers.yml`, `${comparison}/ansible/inventory.yml`],
  pyinfra: ['servers.py', 'inventory.py', 'group_data/web.py'].map((name) => `${comparison}/pyinfra/${name}`),
}
const tools = Object.keys(files)
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const textOf = (tool: string): string => (files[tool] ?? []).map(read).join('\n')
const page = read(`${comparison}/README.md`)

/** Lines with code: neither blank, nor a comment, nor the beginning of a YAML document. */
const lines = (text: string): number =>
  text.split('\n').filter((line) => !/^\s*($|#|\/\/|\/\*|\*|---$)/.test(line)).length

interface Job {
  title: string
  /** The code of each tool, in the order of `tools`. */
  code: string[]
}

const jobs: Job[] = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    code: section
      .split(/^(?:Cutover|Ansible|pyinfra):$/m)
      .slice(1)
      .map((part) => [...part.matchAll(/^```\w+\n([^]*?)^```$/gm)].map(([, text]) => text).join('\n')),
  }))

/** A text without the blanks before its lines, so that it is found wherever it is indented. */
const flat = (text: string): string => text.replace(/^[ \t]+/gm, '').trim()

describe('the comparison of the first five minutes with Ansible and pyinfra', () => {
  it.each(jobs)('$title: the code is that of the files', ({ code }) => {
    expect(code).toHaveLength(tools.length)
    for (const [index, tool] of tools.entries())
      for (const part of code[index]?.split(/\n{2,}/) ?? []) expect(`\n${flat(textOf(tool))}\n`).toContain(flat(part))
  })

  it('counts the lines of each job, and of all files', () => {
    const rows = jobs.map(({ title, code }) => [title, ...code.map(lines)])
    const all = tools.map((tool) => lines(textOf(tool)))
    const rest = all.map((count, index) => count - rows.reduce((sum, row) => sum + Number(row[index + 1]), 0))
    const table = [['job', ...tools], ...rows, ['The rest: imports and the like', ...rest], ['**All**', ...all]]
    const shown = page.split('\n').filter((line) => /^\| (?!---)/.test(line))
    const cells = (line: string): string[] =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
    expect(shown.map(cells)).toEqual(table.map((row) => row.map(String)))
  })

  it('is fair in its words, too', () => {
    const [ours, ansible, pyinfra] = tools.map((tool) => read(files[tool]?.[0] ?? ''))
    const words = page.replace(/\s+/g, ' ')
    expect(words).toContain(`its ${lines(pyinfra ?? '')} lines of operations are 82`)
    expect(words).toContain(`where Cutover's playbook has ${lines(ours ?? '')}. `)
    expect(words).toContain(`Ansible's names are ${ansible?.match(/- name:/g)?.length} of its lines.`)
  })

  it('has fewer lines in Cutover', () => {
    const [ours = 0, ...theirs] = tools.map((tool) => lines(textOf(tool)))
    expect(ours).toBeLessThan(Math.min(...theirs))
  })
})
