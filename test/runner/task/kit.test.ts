import { describe, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { prove, ScriptedHost } from '../../../runner/task/kit.ts'
import { type Task, task } from '../../../runner/task/task.ts'

describe('the kit', () => {
  const file = (more: Partial<Task> = {}): { task: Task; host: ScriptedHost } => {
    const host = new ScriptedHost((command) =>
      command === 'rm -f /x' ? { changes: () => host.files.delete('/x') } : command === 'true' ? '' : undefined,
    )
    const made = task({
      name: 'file',
      check: async (on) =>
        (await on.read('/x')) === 'content\n' ? null : { summary: 'write', before: '', after: 'content\n' },
      apply: (on) => on.write('/x', 'content\n'),
      undo: async (on) => void (await on.$`rm -f /x`),
      ...more,
    })
    return { task: made, host }
  }
  const refused = async (more: Partial<Task>, proof = {}): Promise<string> => {
    const { task: made, host } = file(more)
    return prove(made, host.host, proof).then(
      () => 'it was proven',
      (error: unknown) => explain(error).join('\n'),
    )
  }

  it('proves what a task promises', async () => {
    const { task: made, host } = file()
    expect(await prove(made, host.host, { change: /^write$/, diff: ['+content'] })).toMatchObject({ summary: 'write' })
    expect(host.files.get('/x')?.content).toBe('content\n')
  })

  it.each<[string, Partial<Task>, object, string]>([
    [
      'a check that changes something',
      { check: async (on) => (await (on as never as ScriptedHost).write('/y', ''), { summary: 'x' }) },
      {},
      'file: its check changes the host: /y',
    ],
    ['another change', {}, { change: 'delete' }, "its change is 'write', not delete"],
    ['another diff', {}, { diff: ['+other'] }, "its diff has no line '+other'"],
    ['an apply that does not converge', { apply: async () => undefined, undo: undefined }, {}, 'not converged'],
    [
      'an undo that does not take it back',
      { undo: async () => undefined },
      {},
      "after its undo the host is not as it was before: its change would be 'nothing'",
    ],
    ['a task that holds', { check: async () => null }, {}, 'it has nothing to change on this host'],
    [
      'a command that the script does not know',
      { check: async (on) => (await on.$`unknown thing`, null) },
      {},
      'the script of this host does not know the command: unknown thing',
    ],
  ])('and finds %s', async (_, more, proof, message) => {
    expect(await refused(more, proof)).toContain(message)
  })
})
