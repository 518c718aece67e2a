import { describe, expect, it } from 'vitest'
import purge from '../../playbooks/purge.ts'
import { help, printed } from './cli.ts'

describe('purge', () => {
  it('explains itself', async () => {
    expect(await help(purge)).toMatchInlineSnapshot(`
      "Purge. Removes an app from its hosts: poller, route, containers, images, settings. First it says what is there, and asks for the name.
      Volumes and backups stay, unless --data. Other apps, and what Cutover did not make, are left alone.
      With --all and without APP: Traefik and the program, from hosts on which no app is left.

      Its own options:
            --data                       also remove volumes and backups (with --all: certificates), which nothing brings back
            --all                        remove Traefik and the program; no app may be left
            --yes-purge NAME             do not ask for the name: it is this one (with --all: all)"
    `)
  })

  it.each([
    [[], 'which app? APP is missing\n  One at a time: purge shop. Traefik and the program: --all'],
    [['shop', 'blog'], 'which app? APP is missing\n  One at a time: purge shop. Traefik and the program: --all'],
    [['../etc'], "'../etc' is not the name of an app"],
    [['traefik'], "'traefik' is not the name of an app"],
    [['shop', '--all'], '--all goes without the name of an app\n  Either: purge shop, or: purge --all'],
  ])('refuses %j before it connects', async (argv, expected) => {
    expect(await printed(purge, argv)).toBe(`error: ${expected}\n(exit status 2)`)
  })
})
