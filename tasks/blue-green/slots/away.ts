import { type Change, commandLine, type Task, task, UnsafeError } from '../../../runner/index.ts'
import { type App, containerName, type Slot, slots } from '../../app/index.ts'
import { paths } from '../../paths.ts'
import { maintenanceRoute, maintenanceService, routeFile } from '../../proxy/index.ts'
import { observe } from './observe.ts'
import { stopSlot } from './retire.ts'
import { routed } from './routed.ts'
import { serveAgain } from './serving.ts'

/**
 * The users of an app are answered 503, and its slots have ended: nothing of it uses its database any more. Undone, it
 * serves as before. If nobody is left to undo it, heal does.
 */
export const away = (app: App): Task =>
  task<Change & { running: readonly Slot[] }>({
    name: `${app.name} is away`,
    inTurn: true,
    check: async (host) => {
      const state = await observe(host, app.name)
      const running = slots.filter((slot) => state.slots[slot]?.running)
      if (state.live !== null && state.slots[state.live]?.route === '')
        throw new UnsafeError(`the slot that serves ${app.name} was made by an older Cutover, and keeps no route`, {
          hint: `Nothing was changed. Release it once more, and run this again: ${commandLine('deploy')}`,
        })
      return running.length === 0
        ? null
        : { summary: `answer 503, stop ${running.map((slot) => containerName(app.name, slot)).join(' and ')}`, running }
    },
    apply: async (host, { running }) => {
      const { live } = await observe(host, app.name)
      await host.write(routeFile(app.name), maintenanceRoute(app, live), { staging: paths.staging })
      await routed(host, app.name, maintenanceService(app.name))
      await Promise.all(running.map((slot) => stopSlot(host, app, slot)))
    },
    undo: (host) => serveAgain(host, app.name),
  })

/** What served before serves again. Undone, it has ended. */
export const back = (app: App): Task =>
  task<Change>({
    name: `${app.name} is back`,
    inTurn: true,
    action: 'always',
    check: async () => ({ summary: 'start it, and give it its route' }),
    apply: (host) => serveAgain(host, app.name),
    undo: async (host) => {
      const state = await observe(host, app.name)
      await Promise.all(slots.filter((slot) => state.slots[slot]?.running).map((slot) => stopSlot(host, app, slot)))
    },
  })
