import type { Session } from '../../../runner/connection/index.ts'
import type { FileAccess } from '../../../runner/host/file-access.ts'
import type { RunOptions } from '../../../runner/connection/session/pending-commands.ts'

export interface FakeAccess extends FileAccess {
  /** The scripts that ran, with what they got as input. */
  ran: { script: string; input?: string }[]
}

/** A host for files on which every script ends in the same way. */
export function fakeAccess({
  status = 0,
  stdout = '',
  stderr = '',
}: { status?: number; stdout?: string | Buffer; stderr?: string } = {}): FakeAccess {
  const ran: FakeAccess['ran'] = []
  const run = async (script: string, options: RunOptions): Promise<number> => {
    ran.push({ script, ...(options.input && { input: options.input.toString() }) })
    options.stdout?.(Buffer.from(stdout))
    options.stderr?.(Buffer.from(stderr))
    return status
  }
  return { name: 'web-1', session: () => ({ run }) as unknown as Session, onProgress: () => undefined, ran }
}
