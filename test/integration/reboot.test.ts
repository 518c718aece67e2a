import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { containerOf, type LabHost } from '../../lab/containers.ts'
import { docker, engineEnv, findEngine } from '../../lab/engine.ts'
import { noVariables, parseInventory } from '../../runner/inventory/index.ts'
import { type Task, task } from '../../runner/task/task.ts'
import { reboot } from '../../tasks/system/reboot.ts'
import { type Ran, ranOn } from '../runner/ran.ts'
import { releases } from './releases.ts'

const lab = inject('lab')
let there: LabHost
const container = (): string => containerOf(lab!.name, there.name)

/** A lab host's kernel is this machine's, which must not boot: its systemd ends, and Docker starts the container again. */
const restarts = async (): Promise<number> =>
  Number(await docker(['inspect', '--format', '{{.RestartCount}}', container()]))

/** Runs tasks on a host of the lab. @param more how it is reached, where that is not by ssh as `deploy` */
async function on(tasks: readonly Task[], more: object = {}, settings: { check?: boolean } = {}): Promise<Ran> {
  const host = {
    ...{ address: there.address, user: 'deploy', identity: 'id_ed25519', known_hosts: 'known_hosts' },
    ...{ ssh_config: false, ...more },
  }
  const inventory = parseInventory(
    JSON.stringify({ hosts: { web: host } }),
    join(lab!.directory, 'reboot.yaml'),
    noVariables,
  )
  return ranOn(inventory, inventory.hosts, {}, async ({ run }) => void (await run(...tasks)), settings)
}

describe.skipIf(!lab).each(releases)('a reboot of a host with systemd of Debian %i', (debian) => {
  beforeAll(async () => {
    there = lab!.hosts.find((each) => each.debian === debian)!
    await findEngine()
    // The docker program of the connection finds the lab's engine by this process's environment.
    Object.assign(process.env, engineEnv())
    await docker(['update', '--restart', 'always', container()])
  })
  afterAll(() => docker(['update', '--restart', 'no', container()]))

  it.each([
    ['ssh', () => ({})],
    ['the ssh program', () => ({ connection: 'openssh' })],
  ])('over %s: the run goes on afterwards, on the host that has restarted', async (_, more) => {
    await goesOn(more())
  })

  it('is a handler too, and is done once', async () => {
    const before = await restarts()
    const file = task({
      name: 'file',
      check: async (host) => ((await host.read('/etc/needs-reboot')) === null ? { summary: 'create' } : null),
      apply: (host) => host.write('/etc/needs-reboot', ''),
      notify: [reboot({ within: 120_000 })],
    })
    expect((await on([file])).ended).toEqual(['web file changed', 'web reboot changed'])
    expect((await on([file])).ended).toEqual(['web file ok'])
    expect(await restarts()).toBe(before + 1)
  })

  it('is not done in check mode, or where no package asks for one', async () => {
    const before = await restarts()
    expect((await on([reboot()], {}, { check: true })).ended).toEqual(['web reboot changed'])
    expect((await on([reboot({ onlyIf: 'required' })])).ended).toEqual(['web reboot ok'])
    expect(await restarts()).toBe(before)
  })

  // The last one: here the host counts as up before its sshd is.
  it('over docker: the run goes on afterwards', () =>
    goesOn({ connection: 'docker', become: 'none', address: container() }))
})

/** Reboots the host, and does something afterwards. @param more how it is reached */
async function goesOn(more: object): Promise<void> {
  const before = await restarts()
  const { ended, said } = await on([reboot({ reason: "it's due", within: 120_000 }), freshlyUp], more)
  expect([said, ended]).toEqual(['', ['web reboot changed', 'web is freshly up ok']])
  expect(await restarts()).toBe(before + 1)
}

/** What comes after the reboot finds a host that has just started. */
const freshlyUp = task({
  name: 'is freshly up',
  check: async (host) => {
    const age = Number((await host.$`ps -o etimes= -p 1`).stdout.trim())
    return age < 20 ? null : { summary: `up for ${age} s` }
  },
  apply: async () => undefined,
})
