import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import servers from '../examples/first-five-minutes/playbooks/servers.ts'
import rollingRestart from '../examples/rolling-restart.ts'
import timeZone from '../examples/time-zone.ts'
import { runCli } from '../runner/cli/run-cli.ts'
import { type Inventory, parseInventory } from '../runner/inventory/index.ts'
import type { Playbook } from '../runner/play/playbook.ts'
import { appsOf } from '../tasks/app/apps.ts'
import { settings, type Settings, topLevel } from '../tasks/app/settings.ts'

const folder = join(import.meta.dirname, '../examples')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const parsed = (name: string): Inventory<Settings> =>
  parseInventory(read(name), join(folder, name), settings, { topLevelKeys: topLevel })

/** The apps of each host. */
const placed = (name: string): Record<string, string[]> => {
  const inventory = parsed(name)
  return Object.fromEntries(inventory.hosts.map((host) => [host.name, appsOf(inventory, host).map((app) => app.name)]))
}

/** What a playbook prints with --list-tasks. */
async function listed(book: Playbook, inventory: string, ...argv: string[]): Promise<string> {
  let text = ''
  const status = await runCli(book, {
    argv: ['-i', join(folder, inventory), '--list-tasks', ...argv],
    write: (more) => (text += more),
  })
  expect(status).toBe(0)
  return text
}

describe('the inventories among the examples', () => {
  it('are valid, name the schema for editors, and stand in the list of examples', () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
    expect(names).toEqual(['fleet.yaml', 'raspberry-pi.yaml', 'two-servers.yaml'])
    for (const name of names) {
      expect(() => parsed(name), name).not.toThrow()
      expect(read(name).split('\n')[0]).toBe('# yaml-language-server: $schema=../schema/inventory.schema.json')
      expect(read('README.md')).toContain(`(${name})`)
    }
  })

  it('place their apps on hosts', () => {
    expect(placed('raspberry-pi.yaml')).toEqual({ pi: ['notes'] })
    expect(placed('two-servers.yaml')).toEqual({ 'vps-1': ['shop'], 'vps-2': ['shop-staging'] })
    const fleet = placed('fleet.yaml')
    expect(Object.keys(fleet)).toHaveLength(20)
    expect(fleet).toMatchObject({
      'web-01': ['shop'],
      'web-12': ['shop'],
      'api-06': ['orders'],
      staging: ['shop'],
      'lab-pi': ['sensors'],
    })
  })

  it('give hosts the settings of their groups', () => {
    const { hosts } = parsed('fleet.yaml')
    const openPorts = (name: string): string[] | undefined =>
      hosts.find((host) => host.name === name)?.vars.firewall.allow.map(String)
    expect([openPorts('api-01'), openPorts('web-01')]).toEqual([['9100/tcp'], []])
  })
})

describe('the playbooks among the examples', () => {
  it('say what they would do', async () => {
    expect(await listed(timeZone, 'two-servers.yaml', '--zone', 'Europe/Berlin')).toBe(
      'vps-1, vps-2:\n  time zone Europe/Berlin\n  file /etc/motd\n',
    )
    expect(await listed(rollingRestart, 'two-servers.yaml')).toBe(
      'vps-1, vps-2:\n  file /etc/ssh/sshd_config.d/10-cutover.conf\n  sshd runs\n',
    )
  })

  it('of a folder of one’s own, with its inventory', async () => {
    const text = await listed(servers, 'first-five-minutes/inventory.yaml')
    expect(text).toMatch(/^web-1, web-2:\n/)
    expect(text).toContain('  user ann\n  keys of ann\n  user bob\n  keys of bob\n  sudoers admins\n')
    expect(text).toMatch(/ {2}unit backup.timer\n {2}http:\/\/127.0.0.1\/ answers 200\n$/)
    expect(read('README.md')).toContain('(first-five-minutes)')
  })

  it('stand in the list of examples', () => {
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.ts')))
      expect(read('README.md')).toContain(`(${name})`)
  })
})
