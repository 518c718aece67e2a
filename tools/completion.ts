/** Prints the completion of a shell for `cutover`. */
import { commonOptions, exitStatus, type Options, UsageError } from '../runner/index.ts'
import { initOptions } from './init.ts'
import { runTool } from './run-tool.ts'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** Commands with their options. */
export type Completions = Readonly<Record<string, readonly string[]>>

/** Runs the command. @returns the exit status of the program @throws UsageError for a shell that is not known */
export async function completion([shell]: readonly string[]): Promise<number> {
  if (!shells.some((each) => each === shell))
    throw new UsageError(shell === undefined ? 'which shell?' : `there is no completion for '${shell}'`, {
      hint: `There is one for: ${shells.join(', ')}. For example: source <(cutover completion bash)`,
    })
  process.stdout.write(completionScript(shell as Shell, await completions()))
  return exitStatus.ok
}

async function completions(): Promise<Completions> {
  const named = (options: Options = {}): string[] => Object.keys(options).map((name) => `--${name}`)
  const books = await Promise.all(
    (
      [
        ['doctor', import('../playbooks/doctor.ts')],
        ['setup', import('../playbooks/setup.ts')],
        ['deploy', import('../playbooks/deploy.ts')],
        ['rollback', import('../playbooks/rollback.ts')],
        ['status', import('../playbooks/status.ts')],
        ['maintenance', import('../playbooks/maintenance.ts')],
        ['backup', import('../playbooks/backup.ts')],
        ['restore', import('../playbooks/restore.ts')],
      ] as const
    ).map(
      async ([name, book]) =>
        [
          name,
          [...named((await book).default.definition.options as Options | undefined), ...named(commonOptions)],
        ] as const,
    ),
  )
  return {
    ...Object.fromEntries(books),
    init: named(initOptions),
    secrets: ['keygen', 'encrypt', 'edit', 'show', 'rotate'],
    ca: ['new', 'show'],
    new: ['--task'],
    completion: [...shells],
  }
}

/** The script that a shell sources. */
export function completionScript(shell: Shell, all: Completions): string {
  const names = Object.keys(all).join(' ')
  const entries = Object.entries(all)
  if (shell === 'fish')
    return [
      'complete -c cutover -f',
      `complete -c cutover -n __fish_use_subcommand -a '${names}'`,
      ...entries.map(
        ([name, words]) => `complete -c cutover -n '__fish_seen_subcommand_from ${name}' -a '${words.join(' ')}'`,
      ),
      '',
    ].join('\n')
  const cases = entries.map(([name, words]) => `    ${name}) words='${words.join(' ')}' ;;`)
  if (shell === 'bash')
    return [
      '_cutover() {',
      '  local words',
      '  case ${COMP_WORDS[1]} in',
      ...cases,
      `    *) words='${names}' ;;`,
      '  esac',
      `  [ "$COMP_CWORD" -gt 1 ] || words='${names}'`,
      '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
      '}',
      'complete -o default -F _cutover cutover',
      '',
    ].join('\n')
  return [
    '#compdef cutover',
    '_cutover() {',
    '  local -a candidates',
    `  if (( CURRENT == 2 )); then candidates=(${names})`,
    '  else case $words[2] in',
    ...entries.map(([name, words]) => `    ${name}) candidates=(${words.join(' ')}) ;;`),
    '  esac; fi',
    '  compadd -- $candidates',
    '}',
    'compdef _cutover cutover',
    '',
  ].join('\n')
}

await runTool(import.meta, completion)
