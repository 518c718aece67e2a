import { expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { shellOver } from '../../../runner/host/session-shell.ts'
import { fakeSession, type Output } from './fake-session.ts'

/** Why a command as another user fails. */
async function why(end: Output): Promise<string> {
  const { session } = fakeSession(end)
  const $ = shellOver({ host: 'web', session: () => session })
  return $({ as: 'postgres' })`true`.then(
    () => 'it did not fail',
    (error: unknown) => explain(error).join('\n'),
  )
}

const reason = 'sudo does not let this login become postgres without a password'

it('a command that sudo refuses says so once, after what sudo said, and how to allow it', async () => {
  expect(await why({ stderr: `sudo: a password is required\n${reason}\n`, status: 125 })).toMatch(
    new RegExp(
      `^as postgres: true: ${reason}\n {2}sudo: a password is required\nWith \`become: sudo\` .* LOGIN ALL=\\(postgres\\) NOPASSWD: ALL$`,
    ),
  )
  expect(await why({ stderr: 'there is no user postgres on this host\n', status: 125 })).toBe(
    'as postgres: true: there is no user postgres on this host\nIs the name right, and is the user made before this command runs?',
  )
})

it.each([
  ['another status', { stderr: `${reason}\n`, status: 1 }],
  ['output', { stdout: 'x', stderr: `${reason}\n`, status: 125 }],
  ['other last words', { stderr: `${reason}\nmore\n`, status: 125 }],
])('a command with %s has begun, and its words are its own', async (_, end) => {
  expect(await why(end)).toMatch(new RegExp(`^as postgres: true ended with ${end.status}\n`))
})
