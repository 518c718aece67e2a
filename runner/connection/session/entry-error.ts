import { UnreachableError } from '../../errors.ts'
import type { Become } from '../connection.ts'

/** What a program may print, what that means, and what to do about it. */
type KnownOutput = readonly [pattern: RegExp, meaning: string, hint: string]

/**
 * The error for a shell that did not open, with what a person can do about it.
 * @param output what sudo or the login shell printed.
 */
export function entryError(host: string, become: Become, output: string, cause: unknown): UnreachableError {
  if (cause instanceof UnreachableError) return cause
  const known = (become.method === 'sudo' ? knownOutputs : [expired]).find(([pattern]) => pattern.test(output))
  if (known) return new UnreachableError(`${host}: ${known[1]}`, { hint: known[2] })
  const way = become.method === 'sudo' ? ' through sudo' : ''
  return new UnreachableError(`${host}: no shell${way}: ${output}`, { cause })
}

/** This one sshd prints, too. */
const expired: KnownOutput = [
  /(account|password)[^\n]* expired|change your password|(current|new|retype)[^\n]*password:/i,
  'the password of this user has expired, and must be changed first',
  'Log in with ssh and change it (passwd). ' +
    'If `password` or `become_password` reads it from somewhere, put the new one there.',
]

/** What sudo and sudo-rs print. The first pattern that matches counts. */
const knownOutputs: readonly KnownOutput[] = [
  [
    /must have a tty/,
    'sudo wants a terminal (requiretty), and there is none',
    'Allow this user to use sudo without one, in a separate file ' +
      '(visudo -f /etc/sudoers.d/NAME): Defaults:USER !requiretty',
  ],
  [
    /not in the sudoers|not allowed to (execute|run)|may not run sudo|I'm sorry [^]*I'm afraid I can't do that/,
    'this user may not use sudo',
    'Log in as another user (`user:` in the inventory), or give this one sudo: adduser NAME sudo.',
  ],
  expired,
  [
    /password is required|a terminal is required|interactive authentication is required/,
    'sudo asks for a password',
    'Give it with become_password (a secret reference) in the inventory, ' +
      'or allow this user in /etc/sudoers.d: NAME ALL=(ALL) NOPASSWD:ALL.\n' +
      'If this user may not use sudo at all: adduser NAME sudo, or log in as another user (`user`).',
  ],
  [
    /incorrect (password|authentication)|Sorry, try again|Authentication failed/i,
    'sudo did not take the password in become_password',
    'It must be the password of the user who logs in (or of root, if sudoers has rootpw): ' +
      'fix the secret that become_password names.',
  ],
  [
    /sudo: (command )?not found|sudo['’]?: No such file/,
    'there is no sudo',
    'Install it, or log in as root with `become: none`.',
  ],
  [
    /no new privileges|setuid bit|effective uid is not 0/,
    'sudo may not become another user here',
    'Its file system is mounted with nosuid, or the container runs with no-new-privileges: ' +
      'log in as root with `become: none`.',
  ],
]
