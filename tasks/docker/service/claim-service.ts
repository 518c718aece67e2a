import { type Change, type Task, task, UnsafeError } from '../../../runner/index.ts'
import { composeUp } from './compose.ts'
import { composeFile, ourMark, type Service } from './service-container.ts'

/**
 * The names of a service are free, or Cutover made what has them. What stands in the way of the service's change is
 * reported before anything is changed.
 * @param files other files of ours, in folders that somebody else may have made before us
 */
export function claimService(service: Service, ...files: readonly string[]): Task {
  const { check } = composeUp(service)
  return task<Change>({
    name: `claim ${service.container}`,
    check: async (host) => {
      const { stdout } = await host.$({
        nothrow: true,
      })`grep -L ${ourMark} -- ${[composeFile(service), ...files]} 2>/dev/null`
      const [foreign] = stdout.trim().split('\n').filter(Boolean)
      if (foreign !== undefined)
        throw new UnsafeError(`${foreign} is not Cutover's: it has no line '${ourMark}'`, {
          hint:
            'It is left as it is, and nothing was changed. ' +
            `Move what is in ${service.directory} elsewhere, and run this again.`,
        })
      await check(host)
      return null
    },
    apply: async () => undefined,
  })
}
