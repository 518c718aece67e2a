import { expect, it } from 'vitest'
import { plainReporter } from '../../runner/report/plain.ts'
import { treeReporter } from '../../runner/report/tree.ts'
import { task } from '../../runner/task/task.ts'
import { ran } from '../runner/ran.ts'

/** A task whose commands print what it reads, what it does not care about, and how far it is. */
const chatty = task({
  name: 'chatty',
  check: async (host) => ((await host.$`echo from the check`).stdout === '' ? null : { summary: 'speak' }),
  apply: async (host) => {
    for (const line of ['297', '{"Id": 1}', 'healthy 200 200']) await host.$`echo ${line}`
    await host.live`echo 'Get:1 curl'; sleep 0.25; echo 'Setting up curl' >&2; sleep 0.25`
    await host.quiet`echo token`
    await host.$`echo 298; sleep 0.25`
  },
})

/** All that the two views for a person wrote. */
async function drawn(verbose: boolean): Promise<{ tree: string; plain: string }> {
  const texts = { tree: '', plain: '' }
  const options = { paint: (_: string, text: string): string => text, verbose, diff: false, profile: false }
  const tree = treeReporter({
    ...options,
    sink: (text) => void (texts.tree += text),
    columns: () => 100,
    rows: () => 30,
  })
  const plain = plainReporter({ ...options, sink: (text) => void (texts.plain += text) })
  await ran('a', {}, async ({ run }) => void (await run(chatty).catch(() => undefined)), { reporters: [tree, plain] })
  await Promise.all([tree.end(), plain.end()])
  return texts
}

it('what a helper command prints is nothing for a person; what a task shows stands below its step', async () => {
  const { tree, plain } = await drawn(false)
  for (const text of [tree, plain]) expect(text).not.toMatch(/297|298|"Id"|200 200|from the check|token/)
  expect(tree).toContain('Get:1 curl')
  expect(tree).toContain('Setting up curl')
  expect(plain).not.toContain('Get:1 curl')
})

it('with --verbose all is shown, but for what is read as data in quiet', async () => {
  const { tree, plain } = await drawn(true)
  for (const line of ['297', '298', 'Get:1 curl', 'Setting up curl']) expect(plain).toContain(`| ${line}`)
  expect(tree).toContain('298')
  for (const text of [tree, plain]) expect(text).not.toMatch(/from the check|token/)
})
