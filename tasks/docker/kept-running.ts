import { type Change, type Task, task } from '../../runner/index.ts'
import { inspectContainers } from './inspect.ts'
import { isOurs } from './ours.ts'
import { asideName } from './service-container.ts'

/**
 * A container of ours that Docker is to keep running does run. If a run that was to replace it died when it had made
 * room and nothing had taken its place yet, it comes back. One that is nowhere is setup's business.
 */
export function keptRunning(name: string): Task {
  return task<Change & { from: string }>({
    name: `${name} runs`,
    check: async (host) => {
      const all = (await inspectContainers(host, [name, asideName(name)])).filter(({ Config }) => isOurs(Config.Labels))
      const container = all.find(({ Name }) => Name === `/${name}`) ?? all[0]
      if (!container || container.State.Running) return null
      return { summary: `start it (it ended with ${container.State.ExitCode})`, from: container.Name.slice(1) }
    },
    apply: async (host, { from }) => {
      if (from !== name) await host.$`${['docker', 'rename', from, name]}`
      await host.$`${['docker', 'start', name]} >/dev/null`
    },
  })
}
