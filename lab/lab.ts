import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Semaphore } from '../runner/host/semaphore.ts'
import { makeAuthority } from './authority.ts'
import { docker, ensureEngine, findEngine, stopOwnEngine, tryDocker } from './engine.ts'
import { exec } from './exec.ts'
import { home, labDirectory } from './home.ts'
import { ensureImage, fullRegistry, host as hostImage, tagOf } from './images.ts'
import { writeInventory } from './inventory.ts'

export interface LabHost {
  name: string
  address: string
}

/** A lab that is up. */
export interface Lab {
  name: string
  directory: string
  hosts: readonly LabHost[]
  /** Path of an inventory that fits it. */
  inventory: string
  /** Where this machine reaches the lab's registry: 127.0.0.1:PORT, TLS under the lab's own CA. */
  registry: string
}

type Say = (line: string) => void

const label = (name: string): string[] => ['--label', `cutover-lab=${name}`]
const valid = /^[a-z][a-z0-9-]{0,30}$/

/**
 * Brings a lab up, or gives the one that is up already.
 * @param image what its hosts are made of, where it is not the lab's own
 * @throws LabUnavailable where this machine can't run one.
 */
export async function up(name: string, count: number, say: Say, image = tagOf(hostImage)): Promise<Lab> {
  if (!valid.test(name)) throw new Error(`A lab's name is small letters, digits and dashes, not '${name}'.`)
  await ensureEngine(say)
  const known = readLab(name)
  if (known && known.hosts.length === count && (await containers(name)).length === count + 1) return known
  await clear(name)
  await Promise.all([ensureImage(hostImage, say), ensureImage(fullRegistry, say)])

  const directory = labDirectory(name)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const key = join(directory, 'id_ed25519')
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `cutover-lab ${name}`, '-f', key])
  await makeAuthority(directory)

  const prefix = await makeNetwork(name)
  const registry = await startRegistry(name, directory, `${prefix}.2`)
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `web-${index + 1}`,
    address: `${prefix}.${index + 11}`,
  }))
  const boots = new Semaphore(10)
  const hostKeys = await Promise.all(
    hosts.map((host) => boots.run(() => startHost(name, host, image, readFileSync(`${key}.pub`, 'utf8')))),
  )
  writeFileSync(join(directory, 'known_hosts'), hostKeys.join(''))
  const lab: Lab = { name, directory, hosts, registry, inventory: join(directory, 'inventory.yaml') }
  writeInventory(lab)
  writeFileSync(join(directory, 'lab.json'), JSON.stringify(lab, null, 2))
  return lab
}

/** A lab as its directory describes it; undefined if there is none. */
export function readLab(name: string): Lab | undefined {
  const path = join(labDirectory(name), 'lab.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Lab) : undefined
}

/** The names of the labs that have a directory. */
export const labNames = (): string[] => (existsSync(join(home, 'labs')) ? readdirSync(join(home, 'labs')) : [])

/** Takes a lab away: containers, volumes, network, files; and with the last one the engine, if the lab started it. */
export async function down(name: string): Promise<void> {
  if (await findEngine()) await clear(name)
  rmSync(labDirectory(name), { recursive: true, force: true })
  // A throw-away host of somebody else's needs it too.
  if (labNames().length === 0 && (await tryDocker(['ps', '--quiet'])).stdout.trim() === '') await stopOwnEngine()
}

/** Running containers of a lab, by name. */
export async function containers(name: string): Promise<string[]> {
  const out = await docker(['ps', '--filter', `label=cutover-lab=${name}`, '--format', '{{.Names}}'])
  return out.split('\n').filter(Boolean)
}

async function clear(name: string): Promise<void> {
  const filter = ['--filter', `label=cutover-lab=${name}`]
  const old = (await docker(['ps', '-aq', ...filter])).split('\n').filter(Boolean)
  if (old.length > 0) await docker(['rm', '-fv', ...old])
  const networks = (await docker(['network', 'ls', '-q', ...filter])).split('\n').filter(Boolean)
  if (networks.length > 0) await docker(['network', 'rm', ...networks])
  rmSync(labDirectory(name), { recursive: true, force: true })
}

/** Makes the lab's network on the first /24 below 10.213 that nobody has; gives its first three bytes. */
async function makeNetwork(name: string): Promise<string> {
  for (let third = 1; third < 250; third++) {
    const prefix = `10.213.${third}`
    const made = await tryDocker([
      'network',
      'create',
      ...label(name),
      '--subnet',
      `${prefix}.0/24`,
      '--ip-range',
      `${prefix}.128/25`,
      '--gateway',
      `${prefix}.1`,
      `cutover-lab-${name}`,
    ])
    if (made.code === 0) return prefix
    if (!/overlap/i.test(made.stderr)) throw new Error(`Docker made no network for the lab: ${made.stderr.trim()}`)
  }
  throw new Error(
    'No free /24 below 10.213.0.0/16 for the lab: bring labs down that are not needed (npm run lab -- status).',
  )
}

async function startRegistry(name: string, directory: string, ip: string): Promise<string> {
  const container = `cutover-lab-${name}-registry`
  await docker([
    'create',
    '--name',
    container,
    ...label(name),
    '--network',
    `cutover-lab-${name}`,
    '--ip',
    ip,
    '--network-alias',
    'registry.lab',
    '-p',
    '127.0.0.1::5000',
    '-e',
    'REGISTRY_HTTP_TLS_CERTIFICATE=/tls/server.crt',
    '-e',
    'REGISTRY_HTTP_TLS_KEY=/tls/server.key',
    tagOf(fullRegistry),
  ])
  await docker(['cp', join(directory, 'tls'), `${container}:/tls`])
  await docker(['start', container])
  return (await docker(['port', container, '5000/tcp'])).split('\n')[0]!
}

/** Boots one host and gives its known_hosts line, read from inside: no trust on first use. */
async function startHost(lab: string, host: LabHost, image: string, key: string): Promise<string> {
  const container = containerOf(lab, host.name)
  await docker([
    'run',
    '-d',
    '--name',
    container,
    ...label(lab),
    '--hostname',
    host.name,
    '--network',
    `cutover-lab-${lab}`,
    '--ip',
    host.address,
    '--cap-add',
    'SYS_ADMIN',
    '--cap-add',
    'NET_ADMIN',
    '--cap-add',
    'SYS_PTRACE',
    '--security-opt',
    'seccomp=unconfined',
    '--security-opt',
    'apparmor=unconfined',
    '--security-opt',
    'systempaths=unconfined',
    '--cgroupns=private',
    '--tmpfs',
    '/run:exec',
    '--tmpfs',
    '/run/lock',
    '--tmpfs',
    '/tmp:exec',
    image,
  ])
  for (const user of ['deploy', 'pat', 'guest']) {
    await docker(
      [
        'exec',
        '-i',
        container,
        'sh',
        '-ec',
        `install -d -m 700 -o ${user} -g ${user} /home/${user}/.ssh; cat >/home/${user}/.ssh/authorized_keys; chown ${user}:${user} /home/${user}/.ssh/authorized_keys; chmod 600 /home/${user}/.ssh/authorized_keys`,
      ],
      { input: key },
    )
  }
  for (let tries = 0; tries < 240; tries++) {
    const state = await tryDocker([
      'exec',
      container,
      'sh',
      '-c',
      'systemctl is-active -q ssh && cat /etc/ssh/ssh_host_ed25519_key.pub',
    ])
    if (state.code === 0) return `${host.address} ${state.stdout.split(' ').slice(0, 2).join(' ')}\n`
    await sleep(250)
  }
  throw new Error(
    `Lab host ${host.name} did not come up; its last lines:\n${await docker(['logs', '--tail', '20', container])}`,
  )
}

/** Name of the container that a lab host is. */
export const containerOf = (lab: string, host: string): string => `cutover-lab-${lab}-${host}`

/** The ssh command of this machine's user into a lab host. */
export function sshCommand(lab: Lab, host: string, command: readonly string[] = []): string[] {
  const found = lab.hosts.find((each) => each.name === host)
  if (!found) throw new Error(`No host '${host}' in lab ${lab.name}: ${lab.hosts.map((each) => each.name).join(', ')}.`)
  return [
    'ssh',
    '-i',
    join(lab.directory, 'id_ed25519'),
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    `UserKnownHostsFile=${join(lab.directory, 'known_hosts')}`,
    `deploy@${found.address}`,
    ...command,
  ]
}
