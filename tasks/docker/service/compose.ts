import { type Change, type Host, type HostView, type Task, task } from '../../../runner/index.ts'
import { waitUntilHealthy } from './healthy.ts'
import { replaceContainer, settleReplacement, writeFiles } from './replace.ts'
import { type Composed, composeFile, look, type Service, serviceFact, type ServiceState } from './service-container.ts'
import { type ServiceStep, stepTo } from './service-step.ts'
import { startService } from './start-service.ts'

type ServiceChange = Change &
  ServiceStep & {
    /** The compose file as it will be, and other files. */
    composed: Composed
    /** The compose file as it was; null if there was none. */
    previous: string | null
  }

/**
 * A service runs, healthy, as its compose file says. If a new container does not become healthy, the one that ran
 * before comes back.
 */
export function composeUp(service: Service): Task {
  const up: Task<ServiceChange> = {
    name: `compose ${service.project}`,
    undoOnFailure: true,
    check: async (host) => changeOf(host, service, await host.fact(serviceFact(service.container))),
    apply: (host, change) => apply(host, service, change),
    undo: (host, { step, previous }) =>
      step === 'replace' || step === 'settle' ? settleReplacement(host, service, previous) : Promise.resolve(),
  }
  return task(up)
}

async function changeOf(host: HostView, service: Service, state: ServiceState): Promise<ServiceChange | null> {
  const [composed, previous] = await Promise.all([service.compose(host, state.now), host.read(composeFile(service))])
  const { content, stamp, files: others = {} } = composed
  const now = await Promise.all(Object.keys(others).map((path) => host.read(path)))
  const next = stepTo(service, stamp, state)
  if (next.step === 'make' || next.step === 'replace') await service.allow?.(host, state.now)
  const files = { composed, previous, ...(previous === content ? {} : { before: previous ?? '', after: content }) }
  if (next.step !== null) return { ...next, ...files }
  if (next.outdated) service.tell?.(outdatedNote(service))
  if (previous !== content) return { step: 'file', summary: 'compose.yaml', ...files }
  const [before, after] = [now.map((text) => text ?? '').join(''), Object.values(others).join('')]
  return before === after ? null : { ...files, step: 'file', summary: 'its configuration', before, after }
}

const outdatedNote = ({ container }: Service): string =>
  `${container} runs on with the settings it was set up with; new ones take hold with its next image, ` +
  `or at once (it is away for seconds) by: docker stop ${container} && docker rm ${container}, and setup again`

async function apply(host: Host, service: Service, change: ServiceChange): Promise<void> {
  switch (change.step) {
    case 'settle': {
      await settleReplacement(host, service, null)
      // What else is to be done depends on which of the two containers runs now.
      const next = await changeOf(host, service, await look(host, service))
      return next ? apply(host, service, next) : undefined
    }
    case 'replace':
      return replaceContainer(host, service, change.container, change.composed)
    case 'make':
    case 'start':
    case 'wait':
    case 'file':
      await writeFiles(host, service, change.composed)
      if (change.step === 'make') await startService(host, service)
      if (change.step === 'start') await host.$`docker start ${change.container.Id} >/dev/null`
      if (change.step !== 'file') await waitUntilHealthy(host, service)
  }
}
