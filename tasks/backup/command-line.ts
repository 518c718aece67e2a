import { ask, nearest, type OptionValues, UsageError } from '../../runner/index.ts'

/** The options of a restore, on the operator's machine and on the host. */
export const restoreOptions = {
  'yes-restore': { type: 'string', placeholder: 'APP', help: 'do not ask for the name of the app: it is this one' },
  'no-safety-dump': { type: 'boolean', help: 'do not dump what is there first; it is kept as a database all the same' },
  'no-owner': { type: 'boolean', help: 'leave owners and grants out, where the roles of the dump do not exist' },
  'drop-old': { type: 'boolean', help: 'do not keep the database that was there' },
} as const

type Given = OptionValues<typeof restoreOptions>

export interface Question {
  app: string
  file: string
  /** The host. */
  where: string
  options: Given
  check: boolean
  signal: AbortSignal
}

/** A restore begins only once somebody has written the name of the app. @throws UsageError */
export async function confirmed({ app, file, where, options, check, signal }: Question): Promise<void> {
  const given = options['yes-restore']
  if (given === undefined && check) return
  if (given === undefined && !process.stdin.isTTY)
    throw new UsageError(`a restore replaces the database of ${app} on ${where}, and there is no terminal to ask at`, {
      hint: `If that is what you want: --yes-restore ${app}`,
    })
  const name =
    given ??
    (await ask(
      `${file} takes the place of the database of ${app} on ${where}. ` +
        `What ${app} has written since that dump is then only in the old database.\nThe name of the app, to go on: `,
      { signal },
    ))
  if (name !== app)
    throw new UsageError(`'${name}' is not ${app}: nothing was restored`, { hint: nearest(name, [app]) })
}

/** @throws UsageError for what is no number of backups */
export function keepOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new UsageError(`--keep takes a number from 1 on, not '${text}'`)
}
