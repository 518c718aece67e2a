import { UsageError } from '../../runner/index.ts'

/**
 * Why a person does something, as it was given with `--reason`: one line, which others will read.
 * @param asked what it is missing for: `why is it paused?`
 * @throws UsageError
 */
export function reasonGiven(text: string | undefined, asked: string, hint: string): string {
  if (/\p{Cc}/u.test(text ?? '')) throw new UsageError('--reason is one line of text')
  const reason = text?.trim() ?? ''
  if (reason === '') throw new UsageError(`--reason is missing: ${asked}`, { hint })
  return reason
}
