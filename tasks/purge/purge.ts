import { type OnHost } from '../../runner/index.ts'
import { releaser, withLock } from '../blue-green/index.ts'
import { paths } from '../paths.ts'
import { rootFolder } from '../system/index.ts'
import { look } from './found.ts'
import { keptLines } from './listing.ts'
import { noFolder, purgeSteps } from './steps.ts'

/**
 * Removes an app from a host, while nobody can release it. It may be called again after it was cut off anywhere.
 * @throws TaskError; CutoverError while somebody releases the app
 */
export async function purge(on: OnHost<unknown>, app: string, data: boolean): Promise<void> {
  const steps = purgeSteps(app, data)
  if (on.check) {
    await on.run(steps)
    return
  }
  // The lock is in the folder, which is there unless somebody has removed it.
  await on.run(rootFolder(paths.app(app)))
  await withLock(on.view, app, { ...releaser(), why: 'purge' }, async (assertLockHeld) => {
    for (const step of steps) {
      assertLockHeld()
      await on.run(step)
    }
  })
  await on.run(noFolder(app))
  const left = await look(on.view, app)
  for (const line of keptLines(on.host.name, app, left)) on.say(line)
}
