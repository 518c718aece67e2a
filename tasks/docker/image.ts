import { type Change, type Host, type Task, task } from '../../runner/index.ts'
import { pullError } from './pull-error.ts'

/** Pulls an image. @throws CutoverError that explains why the registry did not give it */
export async function pull(host: Host, reference: string): Promise<void> {
  try {
    await host.live`docker pull ${reference}`
  } catch (error) {
    throw pullError(reference, error)
  }
}

/**
 * An image is on the host under this name. If it is there already, it is not pulled again.
 * @example
 * image('registry.example.org/you/shop:v1.2.0')
 */
export function image(reference: string): Task {
  return task<Change>({
    name: `image ${reference}`,
    check: async (host) =>
      (await host.$({ nothrow: true })`docker image inspect -f . ${reference} 2>/dev/null`).exitCode === 0
        ? null
        : { summary: 'pull' },
    apply: (host) => pull(host, reference),
  })
}
