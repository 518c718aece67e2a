import { MissingError } from '../../runner/index.ts'

/** Whether a docker command failed because dockerd was away, and not because of what was asked of it. */
export const engineAway = (stderr: string): boolean =>
  /cannot connect to the docker daemon|error during connect|unexpected EOF|connection (reset|refused)/i.test(stderr)

/** Docker does not answer. */
export class EngineAwayError extends MissingError {}
