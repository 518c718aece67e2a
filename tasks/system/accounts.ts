import { type HostView, MissingError } from '../../runner/index.ts'

export interface Group {
  gid: number
  /** The users who have it as an additional group. */
  members: readonly string[]
}

export interface Account {
  uid: number
  /** The name of its primary group; the number if it has no name. */
  group: string
  /** Its additional groups. */
  groups: readonly string[]
  comment: string
  home: string
  shell: string
}

export interface Accounts {
  /** null if there is no such user. */
  account: Account | null
  groups: ReadonlyMap<string, Group>
}

/** A user, and all groups of a host. */
export async function readAccounts(host: HostView, user: string): Promise<Accounts> {
  const { stdout } = await host.quiet`getent passwd ${user} || [ $? -eq 2 ]; echo; getent group`
  const [passwd = '', ...lines] = stdout.replace(/^(.+)\n\n/, '$1\n').split('\n')
  const groups = new Map(lines.filter(Boolean).map(parseGroup))
  if (passwd === '') return { account: null, groups }
  const [, , uid, gid, comment = '', home = '', shell = ''] = passwd.split(':')
  const names = [...groups].filter(([, { members }]) => members.includes(user)).map(([name]) => name)
  const group = [...groups].find(([, each]) => each.gid === Number(gid))?.[0] ?? String(gid)
  return { account: { uid: Number(uid), group, groups: names, comment, home, shell }, groups }
}

/** A line of /etc/group. */
export function parseGroup(line: string): [string, Group] {
  const [name = '', , gid, members = ''] = line.split(':')
  return [name, { gid: Number(gid), members: members.split(',').filter(Boolean) }]
}

export const noSuchUser = (name: string): MissingError =>
  new MissingError(`there is no user ${name}`, { hint: `Make it first: user('${name}')` })

/** @throws MissingError for the first of these groups that the host does not have */
export function verifyGroups(groups: Accounts['groups'], wanted: readonly string[]): void {
  const missing = wanted.find((name) => !groups.has(name))
  if (missing !== undefined)
    throw new MissingError(`there is no group ${missing}`, {
      hint: `Make it first, with group('${missing}') or by the package that brings it.`,
    })
}
