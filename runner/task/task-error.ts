import { CutoverError } from '../errors.ts'

/** A task that failed, with where. The cause says why. */
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
export type Phase = 'check' | 'apply' | 'verify' | 'undo'
