import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../bin/main.ts'
import { startedAs } from '../../runner/index.ts'

let folder: string
const printed = { out: '', err: '' }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-main-'))
  Object.assign(printed, { out: '', err: '' })
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed.out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((printed.err += String(text)), true))
})
afterEach(() => {
  vi.restoreAllMocks()
  startedAs({ kind: 'repository' })
  rmSync(folder, { recursive: true })
})

/** A folder with an inventory and a playbook of one's own. */
function ownFolder(text: string): string[] {
  mkdirSync(join(folder, 'playbooks'))
  writeFileSync(join(folder, 'playbooks/greet.mjs'), text)
  return ['--inventory', join(folder, 'inventory.yaml')]
}

describe('cutover', () => {
  it('without a command prints what there is, and ends as a wrong usage does', async () => {
    expect(await main([])).toBe(2)
    expect(printed.out).toMatchInlineSnapshot(`
      "Usage: cutover COMMAND [OPTIONS]

      Commands:
        init         write a first inventory
        doctor       say what is wrong with servers, and change nothing
        setup        make servers ready
        deploy       release a tag, blue/green
        rollback     go back to a tag, or to the last good release
        status       what is live where
        maintenance  answer the users of an app with 503, until it is ended
        backup       dump the database of an app
        restore      put a dump in the place of a database
        poller       pause or resume the pollers of the hosts
        purge        remove an app, or Traefik and the program
        secrets      keep secrets in an encrypted file
        ca           make an authority for https at home, or print its root
        new          write a playbook of your own, with a task and its test
        completion   print the completion of a shell: bash, zsh or fish

      cutover COMMAND --help tells the options of a command. cutover --version prints the version.
      "
    `)
  })

  it.each([['--help'], ['-h'], ['help']])('%s prints the same, and ends well', async (word) => {
    expect(await main([word])).toBe(0)
    expect(printed.out).toContain('Usage: cutover COMMAND')
  })

  it('prints its version', async () => {
    expect(await main(['--version'])).toBe(0)
    expect(printed.out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    ['deplyo', "error: there is no command 'deplyo'\n  Did you mean: cutover deploy\n"],
    ['frobnicate', "error: there is no command 'frobnicate'\n  See: cutover --help\n"],
  ])('%s is refused, with a suggestion only where one is near', async (command, text) => {
    expect(await main([command])).toBe(2)
    expect(printed.err).toBe(text)
  })

  it('names itself in the help of a playbook', async () => {
    expect(await main(['rollback', '--help'])).toBe(0)
    expect(printed.out).toMatch(/^Usage: cutover rollback \[TAG\] \[OPTIONS\]\n/)
  })

  it('lists and runs a playbook of one’s own, beside the inventory', async () => {
    const argv = ownFolder(
      "export default { name: 'Greet', definition: { settings: undefined, help: 'Greets.' }, work: async () => undefined }",
    )
    expect(await main(['--help', ...argv])).toBe(0)
    expect(printed.out).toContain('Your own playbooks (playbooks/ beside the inventory):\n  greet\n')
    printed.out = ''
    expect(await main(['greet', '--help', ...argv])).toBe(0)
    expect(printed.out).toMatch(/^Usage: cutover greet \[OPTIONS\]\n\nGreet. Greets.\n/)
    expect(await main(['gret', ...argv])).toBe(2)
    expect(printed.err).toContain('Did you mean: cutover greet')
  })

  it('refuses a file that exports no playbook', async () => {
    const argv = ownFolder('export default 7')
    expect(await main(['greet', ...argv])).toBe(2)
    expect(printed.err).toBe(
      `error: ${folder}/playbooks/greet.mjs does not export a playbook\n  It ends with: export default playbook(…)\n`,
    )
  })
})
