import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = 'e2e-first-five-minutes'
const root = join(import.meta.dirname, '../..')
/** A copy of the example, as a person has it in a folder of their own; tsx finds the package by tsconfig.json. */
const folder = join(root, '.cutover/first-five-minutes')
let lab: Lab

/** `npx cutover servers` */
async function run(): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await attempt(
    [process.execPath, '--import', 'tsx', join(root, 'bin/cutover.ts'), 'servers', '-o', 'plain'],
    { cwd: folder, timeout: 280_000 },
  )
  return { code, output: stdout + stderr }
}

/** Runs a command on a host, as root. */
const on = (host: string, script: string): Promise<string> =>
  exec(sshCommand(lab, host, ['sudo', 'sh', '-eu']), { input: script })
const address = (host: string): string => lab.hosts.find((each) => each.name === host)?.address ?? ''
const mainPid = (host: string): Promise<string> => on(host, 'systemctl show -P MainPID nginx')

/** What a login without a key is told about how to log in: `publickey,password`. */
async function waysIn(host: string): Promise<string | undefined> {
  const command = sshCommand(lab, host, ['true']).toSpliced(1, 0, '-o', 'PreferredAuthentications=none')
  return /Permission denied \((.*)\)/.exec((await attempt(command)).stderr)?.[1]
}

/** Whether this machine reaches a port of a host. */
const reachable = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address(host), port, timeout: 2_000 })
    const end = (answer: boolean): void => (socket.destroy(), resolve(answer))
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })

/** The example's inventory, with the lab's hosts, and the lab's key as that of ann. */
function writeInventory(): void {
  const path = join(folder, 'inventory.yaml')
  const inventory = parse(readFileSync(path, 'utf8')) as {
    defaults: Record<string, unknown>
    hosts: Record<string, { address: string }>
    vars: { admins: Record<string, string[]> }
  }
  const key = join(lab.directory, 'id_ed25519')
  inventory.defaults = {
    ...{ user: 'deploy', identity: key, known_hosts: join(lab.directory, 'known_hosts'), ssh_config: false },
  }
  expect(Object.keys(inventory.hosts)).toEqual(lab.hosts.map((host) => host.name))
  for (const [host, settings] of Object.entries(inventory.hosts)) settings.address = address(host)
  inventory.vars.admins.ann = [readFileSync(`${key}.pub`, 'utf8').trim()]
  writeFileSync(path, stringify(inventory))
}

/** Changes the template of nginx.conf. */
function editTemplate(from: string, to: string): void {
  const path = join(folder, 'templates/nginx.conf.njk')
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(from)
  writeFileSync(path, text.replace(from, to))
}

describe.skipIf(!inject('lab')).sequential('the first five minutes', () => {
  beforeAll(async () => {
    lab = await up(name, 2, (line) => console.log(`lab ${name}: ${line}`))
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(join(root, '.cutover'), { recursive: true })
    cpSync(join(root, 'examples/first-five-minutes'), folder, { recursive: true })
    writeInventory()
  })
  afterAll(() => down(name))

  it('set two bare servers up, one after the other, with the handlers in their order', async () => {
    expect(await waysIn('web-1')).toBe('publickey,password')
    const { code, output } = await run()
    expect([code, output]).toEqual([0, expect.stringContaining('failed=0')])
    const steps = output
      .split('\n')
      .flatMap((line) => /^(web-\d) +changed +(.*?):/.exec(line)?.slice(1).join(' ') ?? [])
    expect(steps.findLastIndex((step) => step.startsWith('web-1'))).toBe(steps.length / 2 - 1)
    for (const host of ['web-1', 'web-2'])
      expect(steps.filter((step) => step.startsWith(host)).slice(-2)).toEqual([
        `${host} restart nginx`,
        `${host} reload ssh`,
      ])
  })

  it('change nothing the second time', async () => {
    const { code, output } = await run()
    expect([code, output]).toEqual([0, expect.stringContaining('nothing to change')])
  })

  it.each(['web-1', 'web-2'])(
    'let the administrators in to %s by their key, and nobody by a password',
    async (host) => {
      const asAnn = sshCommand(lab, host, ['sudo', '-n', 'id', '-un']).map((word) => word.replace(/^deploy@/, 'ann@'))
      expect(await exec(asAnn)).toBe('root')
      expect(await waysIn(host)).toBe('publickey')
      expect(await on(host, 'sshd -T | grep -E "^(permitrootlogin|passwordauthentication|x11forwarding) "')).toBe(
        'permitrootlogin no\npasswordauthentication no\nx11forwarding no',
      )
      expect(await on(host, "stat -c '%a %U' /home/bob/.ssh /home/bob/.ssh/authorized_keys")).toBe('700 bob\n600 bob')
    },
  )

  it.each(['web-1', 'web-2'])('close all ports of %s but those of SSH and HTTP', async (host) => {
    const status = await on(host, 'ufw status verbose')
    expect(status).toMatch(/^Status: active$/m)
    expect(status).toMatch(/^Default: deny \(incoming\)/m)
    const rules = status.split('\n').flatMap((line) => /^(\S+)( \(v6\))? +ALLOW IN +Anywhere/.exec(line)?.[1] ?? [])
    expect([...new Set(rules)].sort()).toEqual(['22/tcp', '80/tcp'])
    await on(host, 'systemd-run --quiet --unit other python3 -m http.server 8080')
    await on(host, 'until curl -sf -o /dev/null http://127.0.0.1:8080/; do sleep 0.2; done')
    expect(await Promise.all([22, 80, 8080].map((port) => reachable(host, port)))).toEqual([true, true, false])
  })

  it.each(['web-1', 'web-2'])('serve the site on %s', async (host) => {
    const answer = await fetch(`http://${address(host)}/`)
    expect([answer.status, answer.headers.get('x-served-by')]).toEqual([200, host])
    expect(await answer.text()).toBe(readFileSync(join(folder, 'files/site/index.html'), 'utf8'))
  })

  it.each(['web-1', 'web-2'])('back /etc of %s up by a timer, which has run', async (host) => {
    expect(await on(host, 'systemctl list-timers --no-legend backup.timer')).toMatch(/ backup\.timer +backup\.service$/)
    await on(host, 'until systemctl show -P LastTriggerUSec backup.timer | grep -q .; do sleep 0.5; done')
    await on(host, 'while systemctl is-active -q backup.service; do sleep 0.5; done; sleep 1')
    expect(await on(host, 'systemctl show -P Result -P ExecMainStatus backup.service')).toBe('success\n0')
    expect(await on(host, 'tar -tzf /var/backups/etc.tar.gz')).toContain('etc/nginx/nginx.conf')
  })

  it.each([
    ['web-1', '04:00'],
    ['web-2', '04:30'],
  ])('let updates come to %s by themselves, which may reboot it at %s', async (host, time) => {
    const settings = await on(host, 'apt-config dump | grep -E "^(APT::Periodic|Unattended-Upgrade::Automatic-Reboot)"')
    expect(settings.split('\n')).toEqual(
      expect.arrayContaining([
        'APT::Periodic::Update-Package-Lists "1";',
        'APT::Periodic::Unattended-Upgrade "1";',
        'Unattended-Upgrade::Automatic-Reboot "true";',
        `Unattended-Upgrade::Automatic-Reboot-Time "${time}";`,
      ]),
    )
    expect(await on(host, 'unattended-upgrade --dry-run --verbose 2>&1')).toContain('Allowed origins are')
  })

  it('never let a template land that nginx refuses: nothing restarts, and the next server is left alone', async () => {
    const state = (): Promise<string[]> =>
      Promise.all(
        ['web-1', 'web-2'].flatMap((host) => [
          mainPid(host),
          on(host, 'sha256sum /etc/nginx/nginx.conf; ls /etc/nginx'),
        ]),
      )
    const before = await state()
    editTemplate('add_header', 'add_heeder')
    const { code, output } = await run()
    expect(code).toBe(1)
    expect(output).toContain('the new content of /etc/nginx/nginx.conf was refused, and nothing was changed')
    expect(output).toContain('unknown directive "add_heeder"')
    expect(output).toMatch(/^web-1 +ok=\d+ +changed=0 +failed=1/m)
    expect(output).toMatch(/^web-2 +ok=0 +changed=0 +failed=0 +skipped=1/m)
    expect(output).not.toContain('restart nginx')
    expect(await state()).toEqual(before)
    editTemplate('add_heeder', 'add_header')
  })

  it('restart one server after the other, so that one of them always answers', async () => {
    const before = await Promise.all(['web-1', 'web-2'].map(mainPid))
    editTemplate('X-Served-By', 'X-Server')
    const work = { done: false }
    const looking = (async () => {
      const both: boolean[] = []
      for (; !work.done; await sleep(20)) {
        const answers = await Promise.all(['web-1', 'web-2'].map((host) => reachable(host, 80)))
        both.push(answers.some(Boolean))
      }
      return both
    })()
    const { code, output } = await run()
    work.done = true
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/web-1 +changed +restart nginx[^]*web-2 +changed +restart/),
    ])
    const looks = await looking
    expect(looks.length).toBeGreaterThan(20)
    expect(looks).not.toContain(false)
    expect((await Promise.all(['web-1', 'web-2'].map(mainPid))).some((pid) => before.includes(pid))).toBe(false)
    expect((await fetch(`http://${address('web-2')}/`)).headers.get('x-server')).toBe('web-2')
  })
})
