import { type Change, type Task, task } from '../../runner/index.ts'

/** A user is in a group. */
export function groupMember(user: string, group: string): Task {
  return task<Change>({
    name: `user ${user} in group ${group}`,
    check: async (host) => {
      const { stdout } = await host.$`id -nG -- ${user}`
      return stdout.trim().split(/\s+/).includes(group) ? null : { summary: `add ${user} to ${group}` }
    },
    apply: async (host) => {
      await host.$`usermod -aG ${group} ${user}`
    },
  })
}
