import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Semaphore } from '../runner/semaphore.ts'
import { makeAuthority } from './authority.ts'
import { type DebianRelease, defaultRelease, dockerPackages, hostImages } from './base-images.ts'
import {
  containers,
  type DockerRepository,
  type LabHost,
  makeNetwork,
  removeContainers,
  startDockerPackages,
  startHost,
  startRegistry,
} from './containers.ts'
import { ensureEngine, findEngine, stopOwnEngine, tryDocker } from './engine.ts'
import { exec } from './exec.ts'
import { home, labDirectory } from './home.ts'
import { ensureImage, tagOf } from './image.ts'
import { fullRegistry } from './images.ts'
import { writeInventory } from './inventory.ts'

/** A lab that is up. */
export interface Lab {
  name: string
  directory: string
  hosts: readonly LabHost[]
  /** Path of its inventory. */
  inventory: string
  /** Where this machine reaches the lab's registry: 127.0.0.1:PORT, TLS under the lab's own CA. */
  registry: string
  /** Where its hosts get Docker's own packages. */
  docker: DockerRepository
}

type Say = (line: string) => void

const validName = /^[a-z][a-z0-9-]{0,30}$/

/**
 * Brings a lab up. A lab of this name that is up already with the same hosts is returned as it is.
 * @param wanted how many hosts, of Debian 13; or the release of each
 * @param image the image of all its hosts, where it is not that of their release
 * @throws LabUnavailable where this machine cannot run a lab
 */
export async function up(
  name: string,
  wanted: number | readonly DebianRelease[],
  say: Say,
  image?: string,
): Promise<Lab> {
  if (!validName.test(name)) throw new Error(`A lab's name is small letters, digits and dashes, not '${name}'.`)
  const releases = typeof wanted === 'number' ? Array<DebianRelease>(wanted).fill(defaultRelease) : wanted
  await ensureEngine(say)
  const running = readLab(name)
  const isRunning = running?.hosts.map(({ debian }) => debian).join() === releases.join()
  if (running && isRunning && (await containers(name)).length === releases.length + 2) return running
  await removeContainers(name)
  rmSync(labDirectory(name), { recursive: true, force: true })
  const images = [...new Set(releases)].map((release) => hostImages[release])
  await Promise.all([...images, fullRegistry, dockerPackages].map((each) => ensureImage(each, say)))

  const directory = labDirectory(name)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const key = join(directory, 'id_ed25519')
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `cutover-lab ${name}`, '-f', key])
  await makeAuthority(directory)

  const { v4, v6 } = await makeNetwork(name)
  const registry = await startRegistry(name, directory, `${v4}2`)
  const dockerRepository = await startDockerPackages(name, `${v4}3`)
  const hosts = releases.map((debian, index) => ({
    name: `web-${index + 1}`,
    address: `${v4}${index + 11}`,
    address6: `${v6}${index + 11}`,
    debian,
  }))
  const publicKey = readFileSync(`${key}.pub`, 'utf8')
  const boots = new Semaphore(10)
  const hostKeys = await Promise.all(
    hosts.map((host) => boots.run(() => startHost(name, host, image ?? tagOf(hostImages[host.debian]), publicKey))),
  )
  writeFileSync(join(directory, 'known_hosts'), hostKeys.join(''))
  const inventory = join(directory, 'inventory.yaml')
  const lab: Lab = { name, directory, hosts, registry, docker: dockerRepository, inventory }
  writeInventory(lab)
  writeFileSync(join(directory, 'lab.json'), JSON.stringify(lab, null, 2))
  return lab
}

/** A lab that is up, as its directory describes it; undefined if there is none. */
export function readLab(name: string): Lab | undefined {
  const path = join(labDirectory(name), 'lab.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Lab) : undefined
}

/** The names of the labs that have a directory. */
export const labNames = (): string[] => (existsSync(join(home, 'labs')) ? readdirSync(join(home, 'labs')) : [])

/** Removes a lab: containers, volumes, network, files. With the last lab it also stops an engine that a lab started. */
export async function down(name: string): Promise<void> {
  if (await findEngine()) await removeContainers(name)
  rmSync(labDirectory(name), { recursive: true, force: true })
  // A throw-away host (throw-away.ts) of another process may still need the engine.
  if (labNames().length === 0 && (await tryDocker(['ps', '--quiet'])).stdout.trim() === '') await stopOwnEngine()
}

/** The ssh command from this machine into a lab host, as its user deploy. @throws Error for an unknown host */
export function sshCommand(lab: Lab, host: string, command: readonly string[] = []): string[] {
  const target = lab.hosts.find((each) => each.name === host)
  if (!target)
    throw new Error(`No host '${host}' in lab ${lab.name}: ${lab.hosts.map((each) => each.name).join(', ')}.`)
  return [
    ...['ssh', '-i', join(lab.directory, 'id_ed25519'), '-o', 'IdentitiesOnly=yes'],
    ...['-o', `UserKnownHostsFile=${join(lab.directory, 'known_hosts')}`],
    `deploy@${target.address}`,
    ...command,
  ]
}
