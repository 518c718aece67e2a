import { describe, expect, it } from 'vitest'
import rollback from '../../playbooks/rollback.ts'
import { help, printed } from './cli.ts'

describe('rollback', () => {
  it('explains its options', async () => {
    expect(await help(rollback)).toMatchInlineSnapshot(`
      "Roll back. Goes back to a tag or, without one, to each host’s last good release. The database is left as it is.
      No freeze holds it back.

      Its own options:
        -a, --app NAME                   the app, where the inventory has several
            --force                      go back although the database was migrated since: the older release has to work with it
            --retry-bad                  try an image once more that was refused here with these settings
            --detach                     ends after the confirmed switch; bake, drain and history go on on each host, and status shows them"
    `)
  })

  it('lists the hosts that the app runs on', async () => {
    expect(await printed(rollback, ['--list-hosts', '--app', 'shop-api'])).toBe('one\n(exit status 0)')
  })

  it('lists what it does on a host as far as that is known', async () => {
    expect(await printed(rollback, ['--list-tasks', '--app', 'shop-api', 'v1'])).toMatchInlineSnapshot(`
      "one:
        resolve
        route
        pull
        database password
        start
        gate
        (wait: shop-api is ready everywhere)
        (wait: lock)
        switch
        confirm
        bake
        (wait: shop-api has proven itself everywhere)
        (wait: lock)
        drain
        record
        former database password
        prune
      (exit status 0)"
    `)
  })

  it.each([
    [['--app', 'blog', 'v1', 'v2'], 'one tag at most, not 2: v1 v2'],
    [['--app', 'nothing'], "no app is called 'nothing'\n  There are: blog, shop-api."],
    [['--tag', 'v1'], 'there is no option --tag\n  Did you mean --tags? See --help.'],
  ])('refuses %j', async (argv, expected) => {
    expect(await printed(rollback, argv)).toBe(`error: ${expected}\n(exit status 2)`)
  })

  it('refuses a bad tag before it connects', async () => {
    expect(await printed(rollback, ['--app', 'blog', 'a:b'])).toMatch(
      /^error: 'a:b' is (?:no|not a valid) tag: .*\n {2}.*: b\n\(exit status 2\)$/,
    )
  })
})
