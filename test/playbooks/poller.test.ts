import { describe, expect, it } from 'vitest'
import poller from '../../playbooks/poller.ts'
import { example, help, printed } from './cli.ts'

describe('poller', () => {
  it('explains itself', async () => {
    expect(await help(poller)).toMatchInlineSnapshot(`
      "Poller. Holds the poller back, or lets it go on: while it is paused, nothing is released unless a person deploys.
      A pause stays through reboots and setups. What runs goes on, and is still healed.

      Its own options:
        -a, --app NAME                   only this app; default: all apps
            --reason TEXT                why it is paused; status shows it to everybody"
    `)
  })

  it('is paused for all apps of all hosts, or for one app', async () => {
    expect(await printed(poller, ['--list-tasks', 'pause', '--reason', 'the fair'])).toMatchInlineSnapshot(`
      "one:
        blog is set up
        pause the poller of blog
        shop-api is set up
        pause the poller of shop-api

      two, three:
        blog is set up
        pause the poller of blog
      (exit status 0)"
    `)
    expect(await printed(poller, ['--list-tasks', 'resume', '--app', 'shop-api'])).toMatchInlineSnapshot(`
      "one:
        shop-api is set up
        resume the poller of shop-api
      (exit status 0)"
    `)
  })

  it.each([
    [[], 'pause or resume: which of them?\n  For example: poller pause --reason "the fair"'],
    [['stop'], 'pause or resume: which of them?\n  For example: poller pause --reason "the fair"'],
    [['pause', 'shop'], 'pause or resume: which of them?\n  For example: poller pause --reason "the fair"'],
    [['pause'], '--reason is missing: why is it paused?\n  Whoever wonders why nothing is released will read it.'],
    [
      ['pause', '--reason', ' '],
      '--reason is missing: why is it paused?\n  Whoever wonders why nothing is released will read it.',
    ],
    [['pause', '--reason', 'a\nb'], '--reason is one line of text'],
    [['resume', '--reason', 'over'], '--reason goes with pause only'],
    [
      ['pause', '--reason', 'x', '--app', 'blgo'],
      "no app is called 'blgo'\n  Did you mean 'blog'? There are: blog, shop-api.",
    ],
    [
      ['pause', '--reason', 'x', '--app', 'shop-api', '--limit', 'two'],
      'shop-api runs on none of two\n  See its `hosts` in the inventory, and --limit.',
    ],
  ])('refuses %j', async (argv, expected) => {
    expect(await printed(poller, ['--list-tasks', ...argv], example)).toBe(`error: ${expected}\n(exit status 2)`)
  })
})
