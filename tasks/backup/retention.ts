import { type Change, type Task, task } from '../../runner/index.ts'
import { backupsIn } from './space.ts'

/** Of the backups of an app in a folder, only the newest stay. Files with other names are left alone. */
export const newestBackups = (app: string, folder: string, keep: number): Task =>
  task<Change & { names: readonly string[] }>({
    name: `the newest ${keep} backups`,
    inTurn: true,
    check: async (host) => {
      const names = (await backupsIn(host, folder, app)).slice(0, -keep).map(({ name }) => name)
      return names.length === 0 ? null : { summary: `remove ${names.join(', ')}`, names }
    },
    apply: (host, { names }) => host.$`rm -f -- ${names.map((name) => `${folder}/${name}`)}`,
  })
