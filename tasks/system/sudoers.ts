import {
  CutoverError,
  type HostView,
  MissingError,
  type Task,
  type TaskOptions,
  UsageError,
} from '../../runner/index.ts'
import { contentOf } from './content.ts'
import { verifyLine } from './names.ts'
import { placedFile } from './placed-file.ts'

export interface SudoersRule {
  /** A user, or a group as `%group`. */
  user: string
  /** Commands with their absolute path, and arguments if only these are allowed; or ALL. */
  commands: readonly string[]
  /** No password is asked for. Default: false. */
  nopasswd?: boolean
}

/**
 * A file in /etc/sudoers.d has this content, or a rule by which a user may run commands as others. It is checked
 * by `visudo` before it lands, in check mode too, and has the mode 440.
 *
 * @example
 * sudoers('deploy', { user: 'deploy', commands: ['/usr/bin/systemctl restart shop'], nopasswd: true })
 * sudoers('insults', 'Defaults !insults\n')
 */
export function sudoers(name: string, rules: string | SudoersRule, { notify, tags }: TaskOptions = {}): Task {
  if (!/^[\w-]+$/.test(name))
    throw new UsageError(`'${name}' is not a valid name of a file in /etc/sudoers.d`, {
      hint: 'Use letters, digits, _ and -: sudo does not read a file with a dot in its name.',
    })
  const content = typeof rules === 'string' ? withEnd(rules) : ruleLine(name, rules)
  return placedFile(
    {
      name: `sudoers ${name}`,
      path: `/etc/sudoers.d/${name}`,
      content: () => contentOf(content),
      verify: async (host, change) => {
        if (change) await verifyRules(host, name, content)
      },
    },
    { mode: '440', owner: 'root:root', validate: ['visudo', '-cf', '%s'], notify, tags },
  )
}

const withEnd = (content: string): string => (content.endsWith('\n') ? content : `${content}\n`)

/** @throws UsageError */
function ruleLine(name: string, { user, commands, nopasswd = false }: SudoersRule): string {
  if (!/^%?[A-Za-z_][\w.-]*$/.test(user))
    throw new UsageError(`sudoers ${name}: '${user}' is not a valid user`, { hint: 'Write a user, or %group.' })
  if (commands.length === 0)
    throw new UsageError(`sudoers ${name}: there are no commands`, { hint: "Name them, or ['ALL'] for all." })
  return `${user} ALL=(ALL:ALL) ${nopasswd ? 'NOPASSWD: ' : ''}${commands.map((each) => command(name, each)).join(', ')}\n`
}

/** A command as sudoers has it: what has a meaning there is escaped. */
function command(name: string, given: string): string {
  verifyLine(`command of sudoers ${name}`, given)
  if (given !== 'ALL' && !/^\/[^#"]*$/.test(given))
    throw new UsageError(`sudoers ${name}: the command '${given}' cannot be written`, {
      hint: 'It is ALL, or begins with its absolute path, and has no # or ". Another rule can be given as a text.',
    })
  return given.replace(/[\\,:=]/g, '\\$&')
}

/** Checks rules with the host's own visudo. @throws CutoverError | MissingError */
async function verifyRules(host: HostView, name: string, content: string): Promise<void> {
  const { exitCode, stdout } = await host.$({
    nothrow: true,
    input: content,
  })`command -v visudo >/dev/null || exit 127
    temporary=$(mktemp)
    trap 'rm -f "$temporary"' EXIT
    cat >"$temporary"
    visudo -cf "$temporary" 2>&1`
  if (exitCode === 127)
    throw new MissingError('there is no sudo', { hint: "Install it first: packages({ present: ['sudo'] })" })
  if (exitCode !== 0)
    throw new CutoverError(`sudoers ${name}: visudo refuses it:\n${stdout.trim()}`, {
      hint: 'Nothing was changed. The line is that of the content of this task.',
    })
}
