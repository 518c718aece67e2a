import { quote } from '../../quote.ts'

/** Breaks base64 into lines, so that no line of a here-document grows without limit. */
const wrap = (text: string): string => text.replace(/.{1,4096}/g, '$&\n')

/**
 * The text that makes a shell, which reads it from its standard input, run one script in a subshell. The subshell first
 * prints its process id (read from /proc, which needs no fork), and the shell marks the end of both output streams.
 * `eval` keeps a syntax error inside the subshell. Input travels as base64 in a here-document, so it is never part of
 * an argument list.
 * @param marker a random text that no command prints.
 * @param id the number of the command.
 * @param script POSIX sh.
 */
export function encodeCommand(marker: string, id: number, script: string, input?: Buffer): string {
  const announce =
    '{ read -r cutover_pid cutover_rest </proc/self/stat; } 2>/dev/null && ' +
    `printf '%s:${id}@%s;' ${marker} "$cutover_pid"`
  const run = `( ${announce}; eval ${quote(script)} )`
  // The braces matter where the connection breaks: a shell runs a command whose here-document was cut off by the end of
  // its input, but not one whose brace is still open.
  const body =
    input === undefined
      ? `${run} </dev/null\n`
      : `{ base64 -d <<'${marker}' | ${run}\n${wrap(input.toString('base64'))}${marker}\n}\n`
  return `${body}printf '%s:${id}:%d;' ${marker} "$?"\nprintf '%s:${id};' ${marker} >&2\n`
}

/**
 * The command that starts a framed shell. Before the shell reads anything it prints its process id and its start time
 * (clock ticks after boot) from /proc, because asking for them later would cost a round trip. The text contains neither
 * a backslash nor a quote within quotes, so that every login shell reads it in the same way.
 */
export const framedShell = (marker: string): string =>
  "sh -c '{ read -r stat </proc/self/stat && set -- ${stat##*) } && " +
  `printf "%s:0@%s %s;" ${marker} "$$" "\${20}"; } 2>/dev/null; ` +
  `printf "%s:%d:0;" ${marker} 0; printf "%s:0;" ${marker} >&2; exec sh'`
