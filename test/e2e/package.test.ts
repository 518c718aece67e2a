import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { stringify } from 'yaml'
import { attempt, exec } from '../../lab/exec.ts'
import { images } from '../../lab/images.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = 'e2e-package'
const root = join(import.meta.dirname, '../..')
const registry = 'registry.lab:5000'
/** The compiler, and options that a playbook's types must stand. */
/** As strict as it gets, and without --skipLibCheck. */
const strict = [
  ...['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'],
  ...['--module', 'nodenext', '--target', 'es2023'],
]
let lab: Lab
let folder: string

/** Runs a command in the folder, as a person does who installed the package there. */
const run = async (argv: readonly string[]): Promise<{ code: number; output: string }> => {
  const { code, stdout, stderr } = await attempt(argv, {
    cwd: folder,
    env: { CI: 'true', SHOP_DATABASE_PASSWORD: 'hunter2hunter2', HOME: folder, SHOP_SECRET_KEY: 'x'.repeat(40) },
    timeout: 280_000,
  })
  return { code, output: stdout + stderr }
}
const cutover = (...args: readonly string[]): ReturnType<typeof run> =>
  run([join(folder, 'node_modules/.bin/cutover'), ...args])

const tsc = [process.execPath, join(root, 'node_modules/typescript/bin/tsc')]

const playbook = `import { playbook, runIfMain, type Task, task } from 'cutover'
import { file, settings, topLevel } from 'cutover/tasks'

const motd = (text: string): Task => task({
  name: 'motd is ours',
  check: async (host) => ((await host.read('/etc/motd')) === text ? null : { summary: 'write it', after: text }),
  apply: (host) => host.write('/etc/motd', text),
})

const greeting = playbook('Greeting', { settings, topLevelKeys: topLevel, help: 'Greets.' }, async (play) => {
  await play.on(play.hosts(), async ({ run, host }) => {
    await run(motd(\`\${host.name}\\n\`), file('/etc/greeting', 'hello\\n'))
  })
})
export default greeting
await runIfMain(import.meta, greeting)
`

/** What the lab's hosts and registry need beside what \`cutover init\` asks for. */
const labVars = (): string =>
  stringify({
    docker: { ...lab.docker },
    registries: { [registry]: { ca: 'ca.crt' } },
    traefik: { image: `${registry}/${images.traefik}` },
    postgres: { image: `${registry}/${images.postgres}` },
    runtime: { image: `${registry}/${images.node}` },
    apps: {
      shop: { secrets: { SECRET_KEY: { env: 'SHOP_SECRET_KEY' } }, migrate: ['alembic', 'upgrade', 'head'], bake: 2 },
    },
  })

describe.skipIf(!inject('lab')).sequential('the package, installed in an empty folder', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cutover-package-'))
    const [ready] = await Promise.all([
      up(name, 1, () => undefined),
      exec(['npm', 'pack', '--silent', '--pack-destination', folder], { cwd: root }),
    ])
    lab = ready
    const tarball = readdirSync(folder).find((each) => each.endsWith('.tgz')) ?? 'none'
    writeFileSync(join(folder, 'package.json'), '{ "name": "fleet", "private": true, "type": "module" }\n')
    await exec(['npm', 'install', '--no-audit', '--no-fund', '--omit=dev', `./${tarball}`], { cwd: folder })
    // A person's own ssh settings say which key is used, and which hosts are known.
    mkdirSync(join(folder, '.ssh'), { mode: 0o700 })
    copyFileSync(join(lab.directory, 'id_ed25519'), join(folder, '.ssh/id_ed25519'))
    copyFileSync(join(lab.directory, 'known_hosts'), join(folder, '.ssh/known_hosts'))
    copyFileSync(join(lab.directory, 'ca.crt'), join(folder, 'ca.crt'))
    writeFileSync(join(folder, 'lab.yaml'), labVars())
  })
  afterAll(async () => {
    await down(name)
    rmSync(folder, { recursive: true, force: true })
  })

  it('has the templates and scripts, types, and no development dependency', async () => {
    const installed = join(folder, 'node_modules/cutover')
    for (const path of ['dist/runner/index.d.ts', 'dist/templates/host/cutover.sh', 'dist/program/cutover.mjs'])
      expect([path, existsSync(join(installed, path))]).toEqual([path, true])
    for (const absent of ['vitest', 'typescript', 'eslint', '@stryker-mutator'])
      expect([absent, existsSync(join(folder, 'node_modules', absent))]).toEqual([absent, false])
  })

  it('writes an inventory by flags, and never over one', async () => {
    const flags = ['--host', lab.hosts[0]!.address, '--user', 'deploy', '--image', `${registry}/${images.app}`]
    expect(await cutover('init', ...flags, '--app', 'shop', '--database')).toMatchObject({
      code: 0,
      output: expect.stringContaining('cutover setup --check --diff') as string,
    })
    expect(await cutover('init', ...flags)).toMatchObject({
      code: 2,
      output: 'error: inventory.yaml exists already\n  Edit it, or name another file: --inventory FILE.\n',
    })
  })

  it('sets a host up, releases, and says what is live, with hints that name the command', async () => {
    expect(await cutover('setup', '-e', '@lab.yaml')).toMatchObject({ code: 0 })
    expect(await cutover('deploy', '-e', '@lab.yaml', '--tag', 'v1.0.0')).toMatchObject({ code: 0 })
    expect((await cutover('status', '-e', '@lab.yaml')).output).toMatch(/server-1 +shop +v1\.0\.0/)
    expect((await cutover('deploy', '--help')).output).toContain('Usage: cutover deploy [OPTIONS]')
    expect(await exec(sshCommand(lab, 'web-1', ['sudo /opt/shop/status']))).toContain('v1.0.0')
  })

  it('has types, strict and with nothing else installed: a mistake in a playbook is found before it runs', async () => {
    const compile = (text: string): ReturnType<typeof run> => {
      writeFileSync(join(folder, 'typed.ts'), text)
      return run([...tsc, ...strict, 'typed.ts'])
    }
    const typed = playbook.replace('await runIfMain(import.meta, greeting)\n', '')
    expect(
      await compile(`import { prove, ScriptedHost } from 'cutover/kit'\n${typed}export { prove, ScriptedHost }\n`),
    ).toEqual({ code: 0, output: '' })
    expect((await compile(typed.replace('check: async', 'chekc: async'))).output).toContain("'chekc' does not exist")
  })

  it('writes a playbook, its task and its test, which compile and pass', async () => {
    expect(await cutover('new', 'motd-text')).toMatchObject({
      code: 0,
      output: expect.stringContaining('tsconfig.json\n') as string,
    })
    expect(await run([...tsc, '-p', '.'])).toEqual({ code: 0, output: '' })
    expect(await run([process.execPath, '--import', 'tsx', '--test', 'test/tasks/motd-text.test.ts'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/pass 1\n.*fail 0/) as string,
    })
    expect(await cutover('motd-text', '--check')).toMatchObject({ code: 0 })
  })

  it('runs the example of a folder of one’s own, and its types are right', async () => {
    const minutes = join(folder, 'minutes')
    cpSync(join(root, 'examples/first-five-minutes'), minutes, { recursive: true })
    expect(await run([...tsc, ...strict, 'minutes/playbooks/servers.ts'])).toEqual({
      code: 0,
      output: '',
    })
    const { code, output } = await cutover('servers', '-i', 'minutes/inventory.yaml', '--list-tasks')
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^web-1, web-2:\n[^]* template \/etc\/nginx\/nginx.conf\n/),
    ])
  })

  it('runs a playbook of one’s own, with a task of one’s own, and a second time changes nothing', async () => {
    mkdirSync(join(folder, 'playbooks'), { recursive: true })
    writeFileSync(join(folder, 'playbooks/greeting.ts'), playbook)
    expect((await cutover('--help')).output).toContain('greeting')
    expect(await cutover('greeting')).toMatchObject({
      code: 0,
      output: expect.stringContaining('server-1  changed  motd is ours: write it') as string,
    })
    expect((await cutover('greeting')).output).toMatch(/ok=2 +changed=0/)
    expect(await exec(sshCommand(lab, 'web-1', ['cat /etc/motd /etc/greeting']))).toBe('server-1\nhello')
  })
  it('runs on Node 22 and newer without tsx, with cutover and by itself', async () => {
    const other = join(folder, 'node22')
    mkdirSync(other)
    await exec(['npm', 'install', '--no-audit', '--no-fund', '--prefix', other, 'node@^22.18'], { cwd: other })
    const node = join(other, 'node_modules/node/bin/node')
    const modules = join(folder, 'node_modules')
    for (const name of ['tsx', 'esbuild', '@esbuild']) rmSync(join(modules, name), { recursive: true, force: true })
    expect(await run([node, '--test', 'test/tasks/motd-text.test.ts'])).toMatchObject({ code: 0 })
    for (const program of [[join(modules, 'cutover/dist/bin/cutover.js'), 'greeting'], ['playbooks/greeting.ts']])
      expect(await run([node, ...program])).toMatchObject({
        code: 0,
        output: expect.stringMatching(/ok=2 +changed=0/) as string,
      })
  })
})
