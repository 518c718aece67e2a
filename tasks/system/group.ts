import { type Change, type Task, task, type TaskOptions } from '../../runner/index.ts'
import { type Group, noSuchUser, parseGroup, readAccounts, verifyGroups } from './accounts.ts'
import { verifyAccountName, verifyNumber } from './names.ts'

export interface GroupOptions extends TaskOptions {
  /** Its number. Default: the next one that is free. Files keep the number that they have. */
  gid?: number
  /** A new group gets a number below 1000. Default: false. */
  system?: boolean
  /** Default: present. `absent`: there is no such group. */
  state?: 'present' | 'absent'
}

interface GroupChange extends Change {
  previous: Group | null
}

/**
 * A group exists, or does not. Its members are not changed: that is the option `groups` of `user`.
 *
 * @example
 * group('deploy', { gid: 2000 })
 */
export function group(name: string, { gid, system = false, state = 'present', notify, tags }: GroupOptions = {}): Task {
  verifyAccountName('group', name)
  verifyNumber('gid', gid)
  return task<GroupChange>({
    name: state === 'absent' ? `no group ${name}` : `group ${name}`,
    notify,
    tags,
    check: async (host) => {
      const { stdout } = await host.$`getent group ${name} || [ $? -eq 2 ]`
      const previous = stdout === '' ? null : parseGroup(stdout.trimEnd())[1]
      if (state === 'absent') return previous && { summary: `remove, gid ${previous.gid}`, previous }
      if (!previous) return { summary: gid === undefined ? 'new' : `new, gid ${gid}`, previous }
      return gid === undefined || gid === previous.gid ? null : { summary: `gid ${previous.gid} → ${gid}`, previous }
    },
    apply: async (host, { previous }) => {
      const number = gid === undefined ? [] : ['--gid', String(gid)]
      if (state === 'absent') await host.$`groupdel -- ${name}`
      else if (previous) await host.$`groupmod ${number} -- ${name}`
      else await host.$`${['groupadd', ...(system ? ['--system'] : []), ...number, '--', name]}`
    },
    undo: async (host, { previous }) => {
      if (!previous) {
        await host.$`if getent group ${name} >/dev/null; then groupdel -- ${name}; fi`
        return
      }
      const number = ['--gid', String(previous.gid)]
      await host.$`if getent group ${name} >/dev/null; then groupmod ${number} -- ${name}; else groupadd ${number} -- ${name}; fi`
      if (state === 'absent' && previous.members.length > 0)
        await host.$`gpasswd --members ${previous.members.join(',')} ${name}`
    },
  })
}

/**
 * A user is in a group, and stays in all others. Unlike with `groups` of `user`, a user who is not there is not made:
 * that is an error.
 *
 * @example
 * groupMember('deploy', 'docker')
 */
export function groupMember(user: string, group: string, { notify, tags }: TaskOptions = {}): Task {
  verifyAccountName('user', user)
  verifyAccountName('group', group)
  return task<Change>({
    ...{ name: `user ${user} in group ${group}`, notify, tags },
    check: async (host) => {
      const { account, groups } = await readAccounts(host, user)
      if (!account) throw noSuchUser(user)
      if (account.group === group || account.groups.includes(group)) return null
      verifyGroups(groups, [group])
      return { summary: `add ${user} to ${group}` }
    },
    apply: async (host) => {
      await host.$`usermod -aG ${group} ${user}`
    },
    undo: async (host) => {
      await host.$`if id -nG -- ${user} | tr ' ' '\\n' | grep -xF -e ${group} >/dev/null; then gpasswd --delete ${user} ${group}; fi`
    },
  })
}
