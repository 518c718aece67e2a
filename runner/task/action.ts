import { absolutePath } from '../file-options.ts'
import type { Host, HostView } from '../host/index.ts'
import type { Task } from './task.ts'

export interface ActionOptions extends Pick<Task, 'notify' | 'tags' | 'retries' | 'delay' | 'timeout'> {
  /** The action has been done if this path exists on the host. */
  creates?: string
  /** The action has been done if this path does not exist on the host. */
  removes?: string
  /** Whether the action is not needed on this host now. It looks, and changes nothing. */
  unless?: (host: HostView) => Promise<boolean>
}

/**
 * Something to do, and not a state that stays: to reload a service, to run an installer once. Without `creates`,
 * `removes` or `unless` it is done each time. It is not checked again afterwards.
 * @throws CutoverError for a path that is not absolute
 */
export function action(
  name: string,
  run: (host: Host) => Promise<unknown>,
  { creates, removes, unless, ...more }: ActionOptions = {},
): Task {
  for (const path of [creates, removes]) if (path !== undefined) absolutePath(path)
  const conditional = creates !== undefined || removes !== undefined || unless !== undefined
  return {
    ...more,
    name,
    action: conditional ? 'until-done' : 'always',
    check: async (host) => {
      if (creates !== undefined && (await host.stat(creates)) !== null) return null
      if (removes !== undefined && (await host.stat(removes)) === null) return null
      return (await unless?.(host)) ? null : { summary: 'do it' }
    },
    apply: (host) => run(host),
  }
}
