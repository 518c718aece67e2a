import type { Change, HostView, Secret, Task } from '../../runner/index.ts'
import { paths } from '../paths.ts'
import { rootFile } from '../system/index.ts'

/**
 * The path of a file that Traefik reads beside an app's route. A release does not change it. The dot keeps it apart from
 * the route of an app that is called APP-KIND.
 */
export const besideRoute = (app: string, kind: string): string => `${paths.dynamic}/${app}.${kind}.yaml`

/** How such a file is written: for root alone, and not where Traefik would see half of it. */
export const secretly = { mode: '600', owner: 'root:root', staging: paths.staging } as const

/** Such a file has this content. */
export const dynamicFile = (app: string, kind: string, content: Secret): Task =>
  rootFile(besideRoute(app, kind), content, { staging: paths.staging })

/** A change where such a file is not root's alone. */
export async function exposed(host: HostView, path: string): Promise<Change | null> {
  const state = await host.stat(path)
  return state?.mode === secretly.mode && state.owner === secretly.owner ? null : { summary: 'mode 600 of root' }
}
