import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UnreachableError } from '../errors.ts'
import type { Connection } from './connection.ts'
import { processChannel } from './process.ts'
import type { SshTarget } from './target.ts'

export interface OpensshOptions {
  acceptNewHostKeys: boolean
  /** A host to go through, as `ssh -J` takes it. */
  jump: (hop: string) => string
}

/**
 * A connection through the `ssh` program: it can what ssh2 can't (FIDO keys, certificates, GSSAPI), and reads your
 * ssh_config itself. One master process holds the link; commands go through it.
 * @throws UnreachableError
 */
export async function opensshConnection(target: SshTarget, options: OpensshOptions): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-ssh-'))
  const path = join(folder, 'control')
  const common = ['ssh', ...optionsOf(target, options), '-S', path]
  try {
    await master([...common, '-M', '-N', '-f', target.alias], target)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    open: (command) =>
      processChannel([...common, '-o', 'ControlMaster=no', '-T', target.alias, command], `${target.name}: no ssh`),
    close: async () => {
      const channel = await processChannel(['ssh', '-S', path, '-O', 'exit', target.alias], 'no ssh').catch(
        () => undefined,
      )
      channel?.stdout.resume()
      channel?.stderr.resume()
      await channel?.closed
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What the inventory says, as options; the rest is ssh's own to find. */
function optionsOf(target: SshTarget, { acceptNewHostKeys, jump }: OpensshOptions): string[] {
  const set = (key: string, value: string | number): string[] => ['-o', `${key}=${value}`]
  return [
    ...(target.config === undefined ? [] : ['-F', target.config || 'none']),
    ...['-p', String(target.port), '-l', target.user],
    ...target.identities.flatMap((file) => ['-i', file]),
    ...(target.identitiesOnly ? set('IdentitiesOnly', 'yes') : []),
    ...(target.jump === 'none'
      ? set('ProxyJump', 'none')
      : target.jump.length > 0
        ? ['-J', target.jump.map(jump).join(',')]
        : []),
    ...set('UserKnownHostsFile', target.knownHosts.map((file) => (file.includes(' ') ? `"${file}"` : file)).join(' ')),
    ...set('StrictHostKeyChecking', acceptNewHostKeys ? 'accept-new' : 'yes'),
    // In whole seconds, and rather sooner than later.
    ...set(
      'ServerAliveInterval',
      target.aliveInterval === 0 ? 0 : Math.max(1, Math.floor(target.aliveInterval / 1000)),
    ),
    ...set('ServerAliveCountMax', target.aliveCount),
    ...set('ConnectTimeout', Math.max(1, Math.round(target.timeout / 1000))),
    ...set('ForwardAgent', target.forwardAgent ? 'yes' : 'no'),
    // Whom could it ask?
    ...(process.stdin.isTTY ? [] : set('BatchMode', 'yes')),
  ]
}

/** Starts the master, which goes to the background once it is logged in. It asks at the terminal where it must. */
const master = (argv: readonly string[], target: SshTarget): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['inherit', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', (error) =>
      reject(
        new UnreachableError(`${target.name}: there is no ssh program: ${error.message}`, {
          cause: error,
          hint: 'Install openssh-client, or use `connection: ssh`.',
        }),
      ),
    )
    // Not `close`: the master keeps the streams open.
    child.once(
      'exit',
      (code) => (child.stderr.destroy(), code === 0 ? resolve() : reject(sshError(said.trim(), target))),
    )
  })

function sshError(said: string, target: SshTarget): UnreachableError {
  const where = `${target.user}@${target.address}:${target.port}`
  const hints: readonly (readonly [RegExp, string, string])[] = [
    [
      /REMOTE HOST IDENTIFICATION HAS CHANGED/,
      'ITS HOST KEY HAS CHANGED',
      'Somebody may be in between, or the server was installed anew: see what ssh says above.',
    ],
    [
      /Host key verification failed|No .* host key is known/,
      'its host key is not known',
      'Log in once with ssh and compare it, or run this again with --accept-new-host-keys.',
    ],
    [
      /Permission denied \((?![^)]*publickey)[^)]*(?:password|keyboard)/,
      `${where} wants a password`,
      'The ssh program takes none from us: set `connection: ssh` for this host, and `password` (a secret reference).',
    ],
    [
      /Permission denied/,
      `${where} refused the login`,
      `Put your public key there: ssh-copy-id -p ${target.port} ${target.user}@${target.address}.`,
    ],
  ]
  const found = hints.find(([pattern]) => pattern.test(said))
  const last = said.split('\n').at(-1) ?? ''
  return new UnreachableError(`${target.name}: ${found ? found[1] : `${where} does not answer: ${last}`}`, {
    hint: found ? `${found[2]}\nssh: ${last}` : undefined,
  })
}
