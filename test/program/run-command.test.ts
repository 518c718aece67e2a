import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { appSettings, toApp } from '../../tasks/app/settings.ts'

let folder: string
let run: typeof import('../../program/run-command.ts').runCommand

/** Setup left an app on this host. */
function setUp(database: object | false): void {
  const { backend, ...app } = toApp('shop', '192.0.2.1', appSettings.parse({ image: 'ghcr.io/you/shop', database }))
  mkdirSync(join(folder, 'opt/shop'), { recursive: true })
  writeFileSync(join(folder, 'opt/shop/settings.json'), JSON.stringify({ app, backend }))
}

async function printed(...argv: string[]): Promise<string> {
  let text = ''
  const status = await run(argv, (more) => (text += more))
  return `${text}(exit status ${status})`
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-'))
  vi.stubEnv('CUTOVER_ROOT', folder)
  vi.stubEnv('CUTOVER_WHERE', undefined)
  vi.resetModules()
  run = (await import('../../program/run-command.ts')).runCommand
})

describe('a command on a host', () => {
  it('is named by the link that started it', async () => {
    setUp(false)
    expect(await printed('deploy', 'shop', '--help')).toMatch(/^Usage: \/opt\/shop\/deploy \[TAG\] \[OPTIONS\]\n/)
  })

  it('is one of seven', async () => {
    await expect(run(['stop', 'shop'])).rejects.toMatchObject({
      name: 'UsageError',
      message: "there is no command 'stop'",
      hint: 'There are: deploy, rollback, finish, status, heal, backup, restore.',
    })
    await expect(run([])).rejects.toMatchObject({ message: "there is no command ''" })
    await expect(run(['toString', 'shop'])).rejects.toMatchObject({ message: "there is no command 'toString'" })
  })

  it('needs an app that setup left there', async () => {
    await expect(run(['heal', 'shop'])).rejects.toMatchObject({
      name: 'UsageError',
      message: 'no app is set up in /opt/shop',
      hint: 'Call it as /opt/APP/heal, and run setup first: cutover setup, on your machine',
    })
  })

  it('runs on this host alone, under the name that the operator knows', async () => {
    setUp(false)
    expect(await printed('heal', 'shop', '--list-hosts')).toBe('localhost\n(exit status 0)')
    vi.stubEnv('CUTOVER_WHERE', 'vps-1')
    expect(await printed('heal', 'shop', '--list-hosts')).toBe('vps-1\n(exit status 0)')
  })

  it('heals the proxy and the app', async () => {
    setUp(false)
    expect(await printed('heal', 'shop', '--list-tasks')).toMatchInlineSnapshot(`
      "localhost:
        traefik runs
        shop is served
      (exit status 0)"
    `)
  })

  it('heals the database of an app that has one', async () => {
    setUp({ password: { env: 'X' } })
    expect(await printed('heal', 'shop', '--list-tasks')).toMatchInlineSnapshot(`
      "localhost:
        traefik runs
        shop-postgres runs
        shop is served
      (exit status 0)"
    `)
  })

  it.each([[['deploy', 'v1']], [['deploy', '--tag', 'v1']], [['deploy']], [['rollback', 'v1']], [['rollback']]])(
    'lists a release: %j',
    async ([command = '', ...argv]) => {
      setUp(false)
      const expected = command === 'deploy' ? release.replace('\n', '\n  freeze\n') : release
      expect(await printed(command, 'shop', '--list-tasks', ...argv)).toBe(expected)
    },
  )

  it.each([
    [['status', 'v1'], "Unexpected argument 'v1'\n  See --help."],
    [['heal', '--tag', 'v1'], 'there is no option --tag\n  Did you mean --tags? See --help.'],
  ])('refuses %j', async ([command = '', ...argv], expected) => {
    setUp(false)
    expect(await printed(command, 'shop', ...argv)).toBe(`error: ${expected}\n(exit status 2)`)
  })

  it.each([[['deploy', 'a:b']], [['deploy', '--tag', 'a:b']], [['rollback', 'a:b']]])(
    'refuses the tag of %j',
    async ([command = '', ...argv]) => {
      setUp(false)
      expect(await printed(command, 'shop', ...argv)).toMatch(
        /^error: 'a:b' is (?:no|not a valid) tag: .*\n {2}.*: b\n\(exit status 2\)$/,
      )
    },
  )
})

const release = `localhost:
  resolve
  route
  pull
  start
  gate
  (wait: shop is ready everywhere)
  (wait: lock)
  switch
  confirm
  bake
  (wait: shop has proven itself everywhere)
  (wait: lock)
  drain
  record
  prune
(exit status 0)`
