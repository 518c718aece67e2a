import type { CommandOptions } from '../../../runner/host/command-options.ts'
import type { Command } from '../../../runner/host/shell.ts'
import { ScriptedHost, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'
import { Secret } from '../../../runner/secret/secret.ts'

export interface SqlHost {
  host: ScriptedHost
  /** What psql was given by stdin, each call a text. */
  asked: string[]
}

/**
 * A host with a PostgreSQL that answers what psql reads.
 * @param containers what `docker inspect` prints
 */
export function sqlHost(answer: (sql: string) => ScriptedOutput, containers = ''): SqlHost {
  const asked: string[] = []
  const host = new ScriptedHost((command) =>
    command.startsWith('docker inspect') ? containers : answer(asked.at(-1) ?? ''),
  )
  const run = host.$
  type Value = string | number | string[]
  const quiet = (first: CommandOptions | TemplateStringsArray, ...rest: Value[]) => {
    if ('raw' in first) return run(first, ...rest)
    return (pieces: TemplateStringsArray, ...values: Value[]): Command => {
      if (first.input instanceof Secret) asked.push(first.input.reveal())
      return run(first)(pieces, ...values)
    }
  }
  return { host: Object.assign(host, { quiet: quiet as typeof host.quiet }), asked }
}
