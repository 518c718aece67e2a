import { describe, expect, it } from 'vitest'
import { ScriptedHost } from '../../../runner/task/scripted-host.ts'
import { volume } from '../../../tasks/docker/volume.ts'

const check = (stdout: string, known = false) => {
  const asked: unknown[] = []
  const task = volume('data', async (_host, existing) => {
    asked.push(existing)
    return known
  })
  return task.check(new ScriptedHost(() => stdout).host).then((change) => ({ change, asked }))
}

describe('a volume', () => {
  it.each([
    ['does not exist', '404', false, { change: { summary: 'create' }, asked: [] }],
    ['is ours', '{"Labels":{"cutover":"1"}}\n200', false, { change: null, asked: [] }],
    ['is known to be ours', '{"Labels":null}\n200', true, { change: null, asked: [{ Labels: null }] }],
  ])('%s', async (_, stdout, known, result) => {
    expect(await check(stdout, known)).toEqual(result)
  })

  it('of somebody else is refused', async () => {
    await expect(check('{"Labels":{"x":"cutover"}}\n200')).rejects.toMatchObject({
      name: 'UnsafeError',
      message: "the volume data is not Cutover's: it has no label of that name",
    })
  })

  it('is created with our label', async () => {
    const host = new ScriptedHost(() => '')
    const task = volume('data', async () => false)
    await task.apply(host.host, { summary: '' })
    expect(host.commands).toEqual(['docker volume create --label cutover=1 data'])
    expect(task.name).toBe('volume data')
  })
})
