import { type Change, type Task, task } from '../../../runner/index.ts'
import { howItEnded } from '../how-it-ended.ts'
import { inspectContainers } from '../inspect.ts'
import { isOurs } from '../ours.ts'
import { asideName } from './service-container.ts'

/**
 * A container of ours that should always run does run. If a replacement was cut off after the old container was renamed
 * and before there was a new one, the old one comes back. A container that does not exist at all is left to setup.
 */
export function keptRunning(name: string): Task {
  return task<Change & { from: string }>({
    name: `${name} runs`,
    check: async (host) => {
      const containers = (await inspectContainers(host, [name, asideName(name)])).filter(({ Config }) =>
        isOurs(Config.Labels),
      )
      const container = containers.find(({ Name }) => Name === `/${name}`) ?? containers[0]
      if (!container || container.State.Running) return null
      const { ExitCode, OOMKilled } = container.State
      return { summary: `start it (${howItEnded(ExitCode, OOMKilled)})`, from: container.Name.slice(1) }
    },
    apply: async (host, { from }) => {
      if (from !== name) await host.$`${['docker', 'rename', from, name]}`
      await host.$`${['docker', 'start', name]} >/dev/null`
    },
  })
}
