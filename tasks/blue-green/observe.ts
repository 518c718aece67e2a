import type { HostView } from '../../runner/index.ts'
import { containerName, migrationName, slots } from '../app/slots.ts'
import { inspectContainers } from '../docker/inspect.ts'
import { allOurs } from '../docker/ours.ts'
import { publicNetwork } from '../paths.ts'
import { routeFile } from '../proxy/route.ts'
import { type AppState, toAppState } from './state.ts'

/** What is there now. @throws UnsafeError if a container of these names is somebody else's */
export async function observe(host: HostView, app: string): Promise<AppState> {
  const names = [...slots.map((slot) => containerName(app, slot)), migrationName(app)]
  const [containers, route] = await Promise.all([inspectContainers(host, names), host.read(routeFile(app))])
  allOurs(containers)
  return toAppState(app, publicNetwork, containers, route)
}
