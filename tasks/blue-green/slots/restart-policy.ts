import { containerName, type Slot } from '../../app/index.ts'

/** Docker's restart policy of a slot marks what it is for: all runs that look at it see the same. */
export const restartPolicy = {
  /** It serves, or is to serve. */
  serving: 'unless-stopped',
  /** It has served, and stays up for a while so that a rollback to it is quick. */
  standby: 'on-failure',
  /** It was told to stop, and finishes its requests. */
  stopping: 'no',
} as const

/** The command that marks a slot. */
export const markArgv = (app: string, slot: Slot, mark: keyof typeof restartPolicy): string[] => [
  ...['docker', 'update', '--restart', restartPolicy[mark], containerName(app, slot)],
]
