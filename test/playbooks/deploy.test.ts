import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import deploy from '../../playbooks/deploy.ts'
import { example, help, printed } from './cli.ts'

const blogOnly = example.replace(/ {2}shop-api:[^]*/, '')

describe('deploy', () => {
  it('explains its options', async () => {
    expect(await help(deploy)).toMatchInlineSnapshot(`
      "Deploy. Releases a tag, blue/green, on every host of an app: no host switches before all are ready, and no request is lost.
      Without a tag: what is live on each host, again, with the settings and the environment that setup left there.

      Its own options:
        -t, --tag TAG                    the tag to release, as the registry has it; default: the live one again, with new settings
            --from-docker IMAGE          an image of the Docker on this machine, NAME:TAG, which goes to the hosts over SSH: no registry is asked
        -a, --app NAME                   the app, where the inventory has several
            --serial N,N%                so many hosts at a time: 1, 25%, or growing: 1,5,25%
            --max-fail N                 so many hosts, or such a share of a batch, may fail before later batches are skipped
            --keep-going                 hosts that fail do not stop the others
            --retry-bad                  try an image once more that was refused here with these settings
            --detach                     ends after the confirmed switch; bake, drain and history go on on each host, and status shows them
            --force                      release in a freeze, too; wants --reason
            --reason TEXT                why that has to be; it stands in the history and in status
            --canary-host NAME           this host is released alone first; the others follow when the new release has proven itself there
            --canary N%                  the new release gets so much of the requests of each host first, beside the old one, and all of them if it is no worse
            --hold TIME                  how long the canary lasts: 90s, 5m or 1h; default 5m
            --sticky                     with --canary: a visitor stays with one release, by a cookie
            --plan                       say for each host what would be released and how, and change nothing
            --at TIME                    checks all that it can, and releases at that time: 03:00, or 2026-12-24T03:00, by the clock of this machine
            --yes                        do not ask, where the app has \`approve: true\`"
    `)
  })

  it.each([
    ['the only app runs on all hosts', ['--tag', 'v1'], blogOnly, 'one\ntwo\nthree\n(exit status 0)'],
    ['a named app runs on its own hosts', ['--app', 'shop-api'], example, 'one\n(exit status 0)'],
    ['a limit leaves some', ['--app', 'blog', '--limit', 'two'], example, 'two\n(exit status 0)'],
  ])('releases where the app runs: %s', async (_, argv, inventory, expected) => {
    expect(await printed(deploy, ['--list-hosts', ...argv], inventory)).toBe(expected)
  })

  it('lists what it does on a host as far as that is known', async () => {
    expect(await printed(deploy, ['--list-tasks', '--app', 'blog', '--tag', 'v1'])).toMatchInlineSnapshot(`
      "one, two, three:
        freeze
        resolve
        route
        pull
        start
        gate
        (wait: blog is ready everywhere)
        (wait: lock)
        switch
        confirm
        bake
        (wait: blog has proven itself everywhere)
        (wait: lock)
        drain
        record
        prune
      (exit status 0)"
    `)
  })

  it('lists the canary between the gate and the switch, and its host first', async () => {
    const text = await printed(deploy, ['--list-tasks', '--app', 'blog', '--tag', 'v1', '--canary', '10%'])
    expect(text).toContain('  canary\n  (wait: the canary of blog is good everywhere)\n  (wait: lock)\n  switch\n')
    expect(await printed(deploy, ['--list-hosts', '--app', 'blog', '--canary-host', 'two'])).toMatch('two\none\nthree')
  })

  it.each([
    [['--app', 'blgo'], "no app is called 'blgo'\n  Did you mean 'blog'? There are: blog, shop-api."],
    [[], '--app is missing: which app?\n  There are: blog, shop-api.'],
    [
      ['--app', 'shop-api', '--limit', 'two'],
      'shop-api runs on none of two\n  See its `hosts` in the inventory, and --limit.',
    ],
    [
      ['--app', 'blog', '--serial', '0'],
      "--serial takes a number or a share, not '0'\n  For example: --serial 5, --serial 25%.",
    ],
    [
      ['--app', 'blog', '--serial', '1,x'],
      "--serial takes a number or a share, not 'x'\n  For example: --serial 5, --serial 25%.",
    ],
    [
      ['--app', 'blog', '--max-fail', '101%'],
      "--max-fail takes a number or a share, not '101%'\n  For example: --max-fail 5, --max-fail 25%.",
    ],
    [
      ['--app', 'blog', '--tag', 'v1', '--from-docker', 'blog:v1'],
      '--tag and --from-docker both say what is released: one of them',
    ],
    [
      ['--app', 'blog', '--force'],
      '--reason is missing: why can it not wait?\n  It stands in the history, and status shows it to everybody.',
    ],
    [
      ['--app', 'blog', '--canary', '10'],
      "--canary takes a part of the requests, not '10'\n  For example: --canary 10%, --canary 0.5%. Without --canary the new release gets all of them at once.",
    ],
    [['--app', 'blog', '--hold', '5m'], '--hold says how a canary is\n  Add --canary 10%.'],
    [
      ['--app', 'blog', '--canary-host', 'tow'],
      "--canary-host: 'tow' is none of the hosts of this release\n  Did you mean 'two'? There are: one, two, three.",
    ],
    [
      ['--app', 'blog', '--canary-host', 'two', '--max-fail', '1'],
      '--canary-host stops the release if that host fails, and --keep-going and --max-fail do not\n  Leave one of them out.',
    ],
    [['--app', 'blog', 'v1'], "Unexpected argument 'v1'\n  See --help."],
    [['--app', 'blog', '--tga', 'v1'], 'there is no option --tga\n  Did you mean --tag? See --help.'],
  ])('refuses %j', async (argv, expected) => {
    expect(await printed(deploy, argv)).toBe(`error: ${expected}\n(exit status 2)`)
  })

  it.each(['', 'ghcr.io/you/blog:v1'])('refuses the tag %j', async (tag) => {
    const text = await printed(deploy, ['--app', 'blog', '--tag', tag])
    expect(text).toMatch(
      /^error: '.*' is (?:no|not a valid) tag: a tag is letters, digits, dots, dashes and underscores, at most 128\n/,
    )
    expect(text).toContain('(exit status 2)')
  })

  it('refuses a key that it can not read, and an image that no registry has where only signed ones are released', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
    const inventory = `hosts: { one: }\napps: { blog: { image: x/blog, verify: { key: ${folder}/cosign.pub } } }\n`
    expect(await printed(deploy, ['--tag', 'v1'], inventory)).toContain(`error: there is no key ${folder}/cosign.pub`)
    const { publicKey } = generateKeyPairSync('ed25519')
    writeFileSync(join(folder, 'cosign.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    expect(await printed(deploy, ['--from-docker', 'blog:v1'], inventory)).toMatchInlineSnapshot(`
      "error: only signed images of blog are released, and an image of a Docker has no signature
        Push it, sign it (cosign sign --key cosign.key IMAGE@DIGEST), and release its tag: --tag TAG
      (exit status 2)"
    `)
  })

  it('refuses an inventory without an app', async () => {
    expect(await printed(deploy, [], 'hosts: { one: }\n')).toMatchInlineSnapshot(`
      "error: inventory.yaml has no app
        Describe one under \`apps:\`, as inventory.example.yaml does.
      (exit status 2)"
    `)
  })
})
