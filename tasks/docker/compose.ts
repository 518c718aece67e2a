import { type Change, type HostView, type Task, task, UnsafeError } from '../../runner/index.ts'
import type { Container } from './inspect.ts'
import { replaceContainer, settleReplacement, startService, waitUntilHealthy } from './replace.ts'
import {
  composeFile,
  look,
  ourMark,
  published,
  type Service,
  serviceFact,
  type ServiceState,
} from './service-container.ts'

/** What is to be done for a container to run, healthy, as it is wanted. */
export type ServiceStep = 'make' | 'start' | 'wait' | 'replace' | 'settle' | 'file'

/** The step by what is there; null: it holds. `old`: it runs with settings of an earlier release. */
export function stepTo(
  { container, formerly, image, ports }: Pick<Service, 'container' | 'formerly' | 'image' | 'ports'>,
  stamp: string,
  { now, before }: ServiceState,
): { step: ServiceStep; summary: string } | { step: null; old: boolean } {
  if (before) return { step: 'settle', summary: `finish the change of ${container} that was cut off` }
  if (!now) return { step: 'make', summary: `start ${container}` }
  const {
    Config: { Image, Labels },
    State,
  } = now
  const [as, was] = [Labels?.['cutover.stamp'] === stamp, Labels?.['com.docker.compose.project'] === formerly]
  const [sameImage, samePorts] = [Image === image, published(now).join() === [...ports].sort().join()]
  if (!as && !(was && State.Running && sameImage && samePorts)) {
    const what = [
      ...(sameImage ? [] : [`image ${Image} → ${image}`]),
      ...(samePorts ? [] : [`ports ${published(now).join(' ') || 'none'} → ${ports.join(' ') || 'none'}`]),
    ]
    return { step: 'replace', summary: `change ${container}${what.length > 0 ? `: ${what.join(', ')}` : ''}` }
  }
  if (!State.Running) return { step: 'start', summary: `start ${container}` }
  if (State.Health && State.Health.Status !== 'healthy')
    return { step: 'wait', summary: `wait for ${container} to be healthy` }
  return { step: null, old: !as }
}

export interface ServiceChange extends Change {
  step: ServiceStep
  content: string
  /** The compose file as it was. */
  previous: string | null
  now: Container | undefined
}

/** A service runs, healthy, as its compose file says. What ran before comes back if what is to take its place is not well. */
export function composeUp(service: Service): Task {
  const { container } = service
  const seeing = async (host: HostView, there: ServiceState): Promise<ServiceChange | null> => {
    const [{ content, stamp }, previous] = await Promise.all([service.compose(host), host.read(composeFile(service))])
    const next = stepTo(service, stamp, there)
    if (next.step === 'make' || next.step === 'replace') await service.allow?.(host, there.now)
    const file = previous === content ? {} : { before: previous ?? '', after: content }
    if (next.step !== null) return { ...next, ...file, content, previous, now: there.now }
    if (next.old)
      service.tell?.(
        `${container} runs on with the settings it was set up with; new ones take hold with its next image, or at once (it is away for seconds) by: docker stop ${container} && docker rm ${container}, and setup again`,
      )
    return previous === content
      ? null
      : { step: 'file', summary: 'compose.yaml', ...file, content, previous, now: there.now }
  }
  const up: Task<ServiceChange> = {
    name: `compose ${service.project}`,
    undoOnFailure: true,
    check: async (host) => seeing(host, await host.fact(serviceFact(service))),
    apply: async (host, { step, content, now }) => {
      if (step === 'settle') {
        await settleReplacement(host, service, null)
        // What is left to do stands on what became of that.
        const next = await seeing(host, await look(host, service))
        return next ? up.apply(host, next) : undefined
      }
      if (step === 'replace') return replaceContainer(host, service, now!, content)
      await host.write(composeFile(service), content)
      if (step === 'make') await startService(host, service)
      if (step === 'start') await host.$`docker start ${now!.Id} >/dev/null`
      if (step !== 'file') await waitUntilHealthy(host, service)
    },
    undo: (host, { step, previous }) =>
      step === 'replace' || step === 'settle' ? settleReplacement(host, service, previous) : Promise.resolve(),
  }
  return task(up)
}

/**
 * A service's names are free, or what bears them is ours; what stands in the way of its change is said before anything is touched.
 * @param files of ours, in folders that others may have made before us
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
          hint: `It is left as it is, and nothing was changed. Move what is in ${service.directory} elsewhere, and run this again.`,
        })
      await check(host)
      return null
    },
    apply: async () => undefined,
  })
}
