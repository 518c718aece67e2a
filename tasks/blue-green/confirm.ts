import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type HostView, type Task, task } from '../../runner/index.ts'
import { type App, containerName, type Slot } from '../app/index.ts'
import { router, throttle } from '../proxy/index.ts'
import { curl } from '../system/index.ts'
import type { ReleaseContext } from './context.ts'
import { observe } from './observe.ts'
import { observePlan, type SlotChange } from './planned.ts'
import { hostOf } from './probe.ts'
import { RefusedError } from './refused.ts'
import { revertSlot } from './retire.ts'

const publicRequests = 5

/** Traefik itself says that the route is live, and answers on the public port carry the new release. */
export function confirm(context: ReleaseContext): Task {
  const wrong = async (host: HostView, app: App, slot: Slot): Promise<{ routed: boolean; why: string } | null> => {
    const route = await router(host, app.name)
    if (route?.service !== containerName(app.name, slot) || route.status !== 'enabled')
      return { routed: false, why: `Traefik routes to ${route ? `${route.service} (${route.status})` : 'nothing'}` }
    const { stdout } = await host.quiet({
      nothrow: true,
    })`for n in ${Array.from({ length: publicRequests }, (_, n) => String(n))}; do ${publicCurl(app)} || true; echo ---; done`
    const answers = stdout.split('---\n').slice(0, publicRequests).map(parseAnswer)
    const { releaseHeader: mark } = (await observe(host, app.name)).slots[slot] ?? {}
    const bad = answers.find(({ status, mark: seen }) => !(status >= 100 && status < 500) || seen !== mark)
    return bad === undefined
      ? null
      : {
          routed: true,
          why: `a public request was answered with ${bad.status || 'nothing'} by ${bad.mark === mark ? 'it' : bad.mark ? 'another release' : 'nobody'}`,
        }
  }
  return task<SlotChange>({
    name: 'confirm',
    check: async (host) => {
      const { plan, app } = await observePlan(host, context)
      return (await wrong(host, app, plan.slot)) === null
        ? null
        : { summary: `${publicRequests} public answers from ${plan.slot}`, slot: plan.slot }
    },
    apply: async (host, { slot }) => {
      const { app } = await context.resolve()
      const deadline = Date.now() + throttle + 3_000
      for (;;) {
        const seen = await wrong(host, app, slot)
        if (seen === null) return
        // Where Traefik is at fault, the release is not: it may be tried again.
        if (Date.now() > deadline)
          throw new (seen.routed ? RefusedError : CutoverError)(`the switch to ${slot} did not show: ${seen.why}`, {
            hint: 'Is Traefik running? docker logs traefik',
          })
        await sleep(200, undefined, { signal: context.signal })
      }
    },
    undo: (host, { slot }) => revertSlot(host, context, slot),
  })
}

/** A request as a client makes it, to this host; prints the answer's headers (`%header{}` needs a newer curl than some hosts have). */
function publicCurl(app: App): string[] {
  const { access, health } = app
  const common = [...curl, '-o', '/dev/null', '--max-time', '10', '-D', '-']
  if (typeof access === 'string') return [...common, '-H', `Host: ${hostOf(app)}`, `http://127.0.0.1${health.path}`]
  return [...common, '-k', '--resolve', `${access.domain}:443:127.0.0.1`, `https://${access.domain}${health.path}`]
}

/** The status of an answer (0: none came), and the mark that the route gave it. */
export function parseAnswer(headers: string): { status: number; mark: string } {
  return {
    status: Number(/^HTTP\/\S+ (\d{3})/m.exec(headers)?.[1] ?? 0),
    mark: /^x-cutover: *(.*?)\r?$/im.exec(headers)?.[1] ?? '',
  }
}
