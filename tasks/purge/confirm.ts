import { ask, nearest, UsageError } from '../../runner/index.ts'

export interface Question {
  /** What has to be written: the name of the app, or `all`. */
  name: string
  /** What is removed, for a person. */
  lines: readonly string[]
  /** The answer that was given on the command line. */
  given: string | undefined
  signal: AbortSignal
}

/** A purge begins only once somebody has written the name of what goes. @throws UsageError */
export async function confirmPurge({ name, lines, given, signal }: Question): Promise<void> {
  if (given === undefined && !process.stdin.isTTY)
    throw new UsageError(
      `${name === 'all' ? 'everything' : name} would be removed, and there is no terminal to ask at`,
      {
        hint: `${lines.join('\n')}\nIf that is what you want: --yes-purge ${name}`,
      },
    )
  const answer = given ?? (await ask(`${lines.join('\n')}\nWrite ${name} to remove this: `, { signal }))
  if (answer !== name)
    throw new UsageError(`'${answer}' is not ${name}: nothing was removed`, { hint: nearest(answer, [name]) })
}
