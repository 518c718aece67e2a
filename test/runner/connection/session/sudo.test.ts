import { describe, expect, it } from 'vitest'
import { asUser } from '../../../../runner/connection/session/sudo.ts'

describe('a command for a login shell', () => {
  it('runs as the user who logs in', () => {
    expect(asUser({ method: 'none' }, 'MARK', 'sh')).toBe('exec env LC_ALL=C sh')
  })

  it('runs through sudo, which asks for nothing', () => {
    expect(asUser({ method: 'sudo' }, 'MARK', 'sh')).toBe('exec env LC_ALL=C sudo -n -- env LC_ALL=C sh')
    expect(asUser({ method: 'sudo', user: 'the app' }, 'MARK', 'sh')).toBe(
      "exec env LC_ALL=C sudo -n -u 'the app' -- env LC_ALL=C sh",
    )
  })

  it('runs through sudo with a password, between two marks', () => {
    expect(asUser({ method: 'sudo', user: 'app', password: () => 'x' }, 'MARK', 'sh')).toBe(
      `exec env LC_ALL=C sh -c 'printf %s-%s "$0" sudo >&2; exec "$@"' MARK sudo -S -p MARK-asks -u app -- ` +
        `env LC_ALL=C sh -c 'printf %s-%s "$0" in >&2; exec "$@"' MARK sh`,
    )
  })
})
