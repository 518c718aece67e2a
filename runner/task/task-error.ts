import { CutoverError } from '../errors.ts'

export type Phase = 'check' | 'apply' | 'verify' | 'undo'

/** The failure of a task: on which host, in which task and in which phase of it. The cause says why. */
export class TaskError extends CutoverError {
  readonly host: string
  readonly task: string
  readonly phase: Phase
  constructor(host: string, task: string, phase: Phase, cause: unknown) {
    super(`${host}: ${task}: ${phase} failed`, { cause })
    this.host = host
    this.task = task
    this.phase = phase
  }
}
