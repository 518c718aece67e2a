import { quote } from '../quote.ts'
import { Secret } from '../secret/index.ts'
import type { CommandOptions } from './command-options.ts'

/** The exit status of a script that could not begin its command. It then prints one of the reasons below, and nothing else. */
export const notBegun = 125

/** Why a command could not begin, and what to do. */
export interface Refusal {
  reason: string
  hint: string
}

const noPipefail: Refusal = {
  reason: 'it has a pipe, and neither its shell has pipefail, nor is there a bash',
  hint: 'Install bash on the host, or give { pipefail: false }: then a pipe fails only if its last command does.',
}
const noUser = (user: string): Refusal => ({
  reason: `there is no user ${user} on this host`,
  hint: 'Is the name right, and is the user made before this command runs?',
})
const noSudo = (user: string): Refusal => ({
  reason: `it cannot become ${user}: commands do not run as root here, and there is no sudo`,
  hint: 'Log in as root or with `become: sudo`, or install sudo.',
})

const sudoRefuses = (user: string): Refusal => ({
  reason: `sudo does not let this login become ${user} without a password`,
  hint:
    'With `become: sudo` (and become_password, where sudo asks) commands run as root, who may become anybody. Or allow ' +
    `it in a file of its own (visudo -f /etc/sudoers.d/NAME): LOGIN ALL=(${user}) NOPASSWD: ALL`,
})

/** The reasons for which a command with these options may not have begun. */
export const refusals = ({ as }: CommandOptions): Refusal[] => [
  noPipefail,
  ...(as === undefined ? [] : [noUser(as), noSudo(as), sudoRefuses(as)]),
]

const refuse = ({ reason }: Refusal): string => `{ echo ${quote(reason)} >&2; exit ${notBegun}; }`

/** What a session runs for a command, in POSIX sh, and what it reads. */
export interface Script {
  text: string
  input?: Buffer
}

/**
 * The script for a command's text with its options. Nothing of it that may hold a secret becomes an argument.
 * @param hasPipe a pipe stands in the text.
 */
export function scriptOf(text: string, options: CommandOptions, hasPipe: boolean): Script {
  const { as, cwd, env = {}, input, pipefail = true } = options
  const own = `${folder(cwd)}${variables(env)}${text}`
  const script = hasPipe && pipefail ? withPipefail(own) : own
  const bytes = input === undefined ? undefined : Buffer.from(input instanceof Secret ? input.reveal() : input)
  if (as !== undefined) return asUser(as, script, bytes)
  return { text: `set -eu; ${script}`, ...(bytes && { input: bytes }) }
}

/** `cd -` would go back, and CDPATH would make it go elsewhere. */
const folder = (path: string | undefined): string =>
  path === undefined ? '' : `CDPATH= cd -- ${quote(path.startsWith('-') ? `./${path}` : path)}\n`

function variables(env: NonNullable<CommandOptions['env']>): string {
  const assigned = Object.entries(env).map(
    ([name, value]) => `${name}=${quote(value instanceof Secret ? value.reveal() : value)}; export ${name}`,
  )
  return assigned.length > 0 ? `${assigned.join('; ')}\n` : ''
}

/**
 * For bash: reads the same text as sh would read it. In bash `echo` prints \n as it is, braces make several words, and
 * `-e` ends at $( ), unless it is told otherwise.
 */
const inBash =
  'cutover_text=$(cat <&3); exec 3<&-; shopt -qs xpg_echo inherit_errexit 2>/dev/null || :; set +B; eval "$cutover_text"'

/** A pipe fails if any of its commands does. dash has no such option before 0.5.13, so there bash reads the text. */
const withPipefail = (text: string): string => `cutover_text=${quote(text)}
if (set -o pipefail) 2>/dev/null; then set -o pipefail; eval "$cutover_text"
elif command -v bash >/dev/null; then exec bash -euo pipefail -c ${quote(inBash)} 3<<cutover_end
$cutover_text
cutover_end
else ${refuse(noPipefail)}
fi`

/** Reads a script from the first line of its input, so that the rest of the input is the script's own. */
const readScript = 'read -r cutover_script; eval "$(printf %s "$cutover_script" | base64 -d)"'

/** Runs a script as another user: from root by runuser or su, otherwise by sudo, which ends with 1 where it refuses. */
function asUser(user: string, script: string, input = Buffer.alloc(0)): Script {
  const own = `HOME=~${user} USER=${user} LOGNAME=${user} LC_ALL=C
export HOME USER LOGNAME LC_ALL
cd "$HOME" 2>/dev/null || cd /
set -eu; ${script}`
  const shell = `sh -c ${quote(readScript)}`
  const sudo = `sudo -n -u ${user} --`
  const text = `id -u ${user} >/dev/null 2>&1 || ${refuse(noUser(user))}
if [ "$(id -un)" = ${user} ]; then exec ${shell}
elif [ "$(id -u)" != 0 ]; then command -v sudo >/dev/null || ${refuse(noSudo(user))}
  ${sudo} ${shell} || { cutover_status=$?
    [ $cutover_status != 1 ] || ${sudo} sh -c : </dev/null 2>/dev/null || ${refuse(sudoRefuses(user))}
    exit $cutover_status; }
elif command -v runuser >/dev/null; then exec runuser -u ${user} -- ${shell}
else exec su -s /bin/sh ${user} -c ${quote(readScript)}
fi`
  return { text, input: Buffer.concat([Buffer.from(`${Buffer.from(own).toString('base64')}\n`), input]) }
}
