import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask, InterruptedError, message, UsageError } from '../runner/index.ts'
import { checkedMap } from './secrets-file.ts'

/**
 * Opens a secret text in the user's editor. The text lies in a folder that only its owner can read, in memory where
 * there is /dev/shm. At a terminal, a text that is not a YAML map is opened again.
 * @returns the text as it was saved
 * @throws UsageError where the editor fails, or where the text is not a YAML map and there is no terminal
 * @throws InterruptedError on SIGINT, SIGTERM and SIGHUP
 */
export async function editText(text: string): Promise<string> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cutover-'))
  const path = join(folder, 'secrets.yaml')
  const aborter = new AbortController()
  // When the terminal is closed, the editor ends too; the plain text must be removed before this program ends.
  const stop = (): void => aborter.abort(new InterruptedError())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  try {
    writeFileSync(path, text, { mode: 0o600 })
    for (;;) {
      await runEditor(path)
      aborter.signal.throwIfAborted()
      try {
        return checkedMap(readFileSync(path, 'utf8'), 'what you wrote')
      } catch (error) {
        if (!process.stdin.isTTY) throw error
        console.error(`error: ${message(error)}`)
        await ask('Enter opens it again; Ctrl-C leaves all as it was. ', { signal: aborter.signal }).catch(
          () => undefined,
        )
        aborter.signal.throwIfAborted()
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @throws UsageError for an editor that fails */
async function runEditor(path: string): Promise<void> {
  const editor = process.env.VISUAL ?? process.env.EDITOR ?? 'vi'
  // The editor may be given with options, as in `code --wait`: a shell splits it into words; the path is an argument.
  const [status, signal] = (await once(
    spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' }),
    'close',
  )) as [number | null, string | null]
  if (status !== 0)
    throw new UsageError(`the editor (${editor}) ended with ${status ?? signal}: nothing is changed`, {
      hint: 'Name another: EDITOR=nano.',
    })
}
