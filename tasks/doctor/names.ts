import { quote } from '../../runner/index.ts'

/** A name that is asked for on a host. */
export interface Asked {
  name: string
  /** A test of the shell that succeeds where the host has used the name already. */
  known: string
}

/**
 * Starts a command for each name, all at the same time, and waits for them.
 * @param command takes the name as `$1`, and prints one line
 */
export const forEachName = (asked: readonly Asked[], command: string, onlyNew: boolean): string =>
  asked.length === 0
    ? ''
    : [
        `each() { ${command}\n}`,
        ...asked.map(({ name, known }) => `${onlyNew ? `${known} || ` : ''}each ${quote(name)} &`),
        'wait',
      ].join('\n')
