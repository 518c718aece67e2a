import { expect, it } from 'vitest'
import { prepareSteps } from '../../../tasks/blue-green/prepare.ts'
import { answers, contextOf, countsCommand, countsOf, failure, TestHost } from './builders.ts'

/** The apply of the step that starts the new slot, on a host where it fails at once. */
async function begun(host: TestHost): Promise<ReturnType<typeof contextOf>> {
  const context = contextOf()
  const start = prepareSteps(context).find(({ name }) => name === 'start')
  await failure(Promise.resolve(start?.apply(host.host, { summary: '', slot: 'green' } as never)))
  await new Promise((resolve) => setTimeout(resolve, 0))
  return context
}

it('from the start of the new slot on it is known what the old one had answered', async () => {
  const host = new TestHost((command) => (command === countsCommand ? countsOf('blue', 7) : undefined))
  const { early } = (await begun(host)).cutOver
  expect(early?.counts.blue).toEqual(answers(7))
  expect(Date.now() - (early?.at ?? 0)).toBeLessThan(10_000)
})

it('where that cannot be asked beside the start, it is not known, and nothing fails', async () => {
  const host = new TestHost()
  host.spawn = () => Promise.reject(new Error('no channel'))
  expect((await begun(host)).cutOver.early).toBeUndefined()
})
