import { CutoverError, type HostView } from '../../runner/index.ts'

/**
 * Runs a command as the user `$1`, with that user's home folder. An empty user is the one that commands run as. Nothing
 * asks a question, and the output is English.
 */
const script = `user=$1
shift
set -- env LC_ALL=C GIT_TERMINAL_PROMPT=0 "$@"
if [ -n "$user" ] && [ "$user" != "$(id -un)" ]; then
  entry=$(getent passwd "$user")
  home=\${entry%:*}
  shift
  set -- env "HOME=\${home##*:}" "$@"
  if [ "$(id -u)" = 0 ]; then set -- runuser -u "$user" -- "$@"; else set -- sudo -n -u "$user" -- "$@"; fi
fi
cd /
exec "$@" </dev/null`

export interface Output {
  stdout: string
  stderr: string
  exitCode: number | null
}

/** Runs a command of git as a user. */
export const runAs = async (host: HostView, user: string | undefined, argv: readonly string[]): Promise<Output> =>
  host.quiet({ nothrow: true })`${['sh', '-euc', script, 'sh', user ?? '', ...argv]}`

/** A function that runs git in a folder as a user. @throws CutoverError with what git says, if it fails */
export const gitIn =
  (host: HostView, folder: string, user: string | undefined) =>
  async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runAs(host, user, ['git', '-C', folder, ...argv])
    if (exitCode === 0) return stdout
    throw new CutoverError(`git -C ${folder} ${argv.join(' ')} ended with ${exitCode}: ${lastWords(stderr)}`)
  }

/** The end of what a command said of its failure. */
export const lastWords = (stderr: string): string => stderr.trim().split('\n').slice(-4).join('\n') || 'it said nothing'
