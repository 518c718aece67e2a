import { assert, type Task } from '../../runner/index.ts'
import { platformFact } from '../../tasks/system/platform.ts'

/** Fails early on a host that Cutover does not support. */
export const platform = (): Task =>
  assert('platform', async (host) => {
    await host.fact(platformFact)
    return null
  })
