import { describe, expect, it } from 'vitest'
import { CutoverError, explain } from '../../../runner/errors.ts'
import { assert } from '../../../runner/task/assert.ts'
import { runTask } from '../../../runner/task/run-task.ts'
import { fakeRuntime } from './fake-runtime.ts'

const old = assert('a new Debian', async () => 'this is Debian 10')

describe('an assertion', () => {
  it('holds where nothing is wrong, and changes nothing', async () => {
    const { runtime, log } = fakeRuntime()
    expect(
      await runTask(
        runtime,
        assert('fine', async () => null),
      ),
    ).toEqual({ status: 'ok', change: null })
    expect(log).toEqual(['ok fine'])
  })

  it.each([false, true])(
    'fails with the reason, in check mode too after something would change (%s)',
    async (check) => {
      const { runtime, log } = fakeRuntime({ check, state: { wouldChange: true } })
      const error: unknown = await runTask(runtime, old).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(CutoverError)
      expect(explain(error).join('\n')).toContain('this is Debian 10')
      expect(log).toEqual(['failed a new Debian'])
    },
  )

  it('says so if its author forgot a return', async () => {
    const { runtime } = fakeRuntime()
    const error: unknown = await runTask(runtime, assert('odd', (async () => undefined) as never)).catch(
      (thrown: unknown) => thrown,
    )
    expect(explain(error).join('\n')).toContain('its look returned nothing')
  })
})
