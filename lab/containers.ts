/** The containers and the network of a lab. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseKeys } from '../tasks/system/open-pgp.ts'
import { type DebianRelease, dockerPackages } from './base-images.ts'
import { docker, tryDocker } from './engine.ts'
import { tagOf } from './image.ts'
import { fullRegistry } from './images.ts'

export interface LabHost {
  name: string
  address: string
  /** Its address of IPv6. Its inventory does not name it. */
  address6: string
  debian: DebianRelease
}

const label = (lab: string): string[] => ['--label', `cutover-lab=${lab}`]
const networkOf = (lab: string): string => `cutover-lab-${lab}`

/** The name of the container of a lab's host. */
export const containerOf = (lab: string, host: string): string => `cutover-lab-${lab}-${host}`

/** The names of a lab's running containers. */
export async function containers(lab: string): Promise<string[]> {
  const out = await docker(['ps', '--filter', `label=cutover-lab=${lab}`, '--format', '{{.Names}}'])
  return out.split('\n').filter(Boolean)
}

/** Removes a lab's containers, their volumes, and its network. */
export async function removeContainers(lab: string): Promise<void> {
  const filter = ['--filter', `label=cutover-lab=${lab}`]
  const ids = (await docker(['ps', '-aq', ...filter])).split('\n').filter(Boolean)
  if (ids.length > 0) await docker(['rm', '-fv', ...ids])
  const networks = (await docker(['network', 'ls', '-q', ...filter])).split('\n').filter(Boolean)
  if (networks.length > 0) await docker(['network', 'rm', ...networks])
}

/** The beginnings of addresses in a lab's network: `10.213.1.` and `fd00:213:1::`. */
export interface Prefixes {
  v4: string
  v6: string
}

/** Makes the lab's network, of IPv4 and IPv6, on the first free /24 below 10.213.0.0/16. */
export async function makeNetwork(lab: string): Promise<Prefixes> {
  for (let third = 1; third < 250; third++) {
    const [v4, v6] = [`10.213.${third}.`, `fd00:213:${third}::`]
    const addresses = [
      ...['--subnet', `${v4}0/24`, '--ip-range', `${v4}128/25`, '--gateway', `${v4}1`],
      ...['--ipv6', '--subnet', `${v6}/64`, '--gateway', `${v6}1`],
    ]
    const created = await tryDocker(['network', 'create', ...label(lab), ...addresses, networkOf(lab)])
    if (created.code === 0) return { v4, v6 }
    if (!/overlap/i.test(created.stderr))
      throw new Error(`Docker made no network for the lab: ${created.stderr.trim()}`)
  }
  throw new Error(
    'No free /24 below 10.213.0.0/16 for the lab: bring labs down that are not needed (npm run lab -- status).',
  )
}

/** Starts the lab's registry. @returns where this machine reaches it: 127.0.0.1:PORT */
export async function startRegistry(lab: string, directory: string, address: string): Promise<string> {
  const container = `cutover-lab-${lab}-registry`
  await docker([
    ...['create', '--name', container, ...label(lab)],
    ...['--network', networkOf(lab), '--ip', address, '--network-alias', 'registry.lab', '-p', '127.0.0.1::5000'],
    ...['-e', 'REGISTRY_HTTP_TLS_CERTIFICATE=/tls/server.crt', '-e', 'REGISTRY_HTTP_TLS_KEY=/tls/server.key'],
    tagOf(fullRegistry),
  ])
  await docker(['cp', join(directory, 'tls'), `${container}:/tls`])
  await docker(['start', container])
  const [published = ''] = (await docker(['port', container, '5000/tcp'])).split('\n')
  return published
}

/** An apt repository of Docker's own packages, as an inventory names a mirror. */
export interface DockerRepository {
  repository: string
  /** Of the key that signs it. */
  fingerprint: string
}

/** Starts the lab's repository of Docker's own packages. */
export async function startDockerPackages(lab: string, address: string): Promise<DockerRepository> {
  const container = `cutover-lab-${lab}-packages`
  await docker([
    ...['run', '-d', '--init', '--name', container, ...label(lab)],
    ...['--network', networkOf(lab), '--ip', address, '--network-alias', 'packages.lab', tagOf(dockerPackages)],
  ])
  const { fingerprints } = parseKeys(await docker(['exec', container, 'cat', '/srv/linux/debian/gpg']))
  return { repository: 'http://packages.lab', fingerprint: fingerprints.join() }
}

/**
 * Boots one host.
 * @param publicKey lets this machine log in
 * @returns the host's line for known_hosts, read inside the container
 * @throws Error if its SSH server does not start within a minute
 */
export async function startHost(lab: string, host: LabHost, image: string, publicKey: string): Promise<string> {
  const container = containerOf(lab, host.name)
  await docker(['run', '-d', '--name', container, ...label(lab), ...hostOptions(lab, host), image])
  for (const user of ['deploy', 'pat', 'guest']) await authorize(container, user, publicKey)
  for (let tries = 0; tries < 240; tries++) {
    const hostKey = await tryDocker([
      ...['exec', container, 'sh', '-c'],
      'systemctl is-active -q ssh && cat /etc/ssh/ssh_host_ed25519_key.pub',
    ])
    if (hostKey.code === 0) return `${host.address} ${hostKey.stdout.split(' ').slice(0, 2).join(' ')}\n`
    await sleep(250)
  }
  throw new Error(
    `Lab host ${host.name} did not come up; its last lines:\n${await docker(['logs', '--tail', '20', container])}`,
  )
}

/** Options of `docker run` with which systemd and Docker run inside the container. */
const hostOptions = (lab: string, { name, address, address6 }: LabHost): string[] => [
  ...['--hostname', name, '--network', networkOf(lab), '--ip', address, '--ip6', address6],
  ...['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE'].flatMap((capability) => ['--cap-add', capability]),
  ...['seccomp', 'apparmor', 'systempaths'].flatMap((kind) => ['--security-opt', `${kind}=unconfined`]),
  '--cgroupns=private',
  ...['/run:exec', '/run/lock', '/tmp:exec'].flatMap((mount) => ['--tmpfs', mount]),
]

/** Lets a key log in as a user. */
async function authorize(container: string, user: string, publicKey: string): Promise<void> {
  const folder = `/home/${user}/.ssh`
  const script = [
    `install -d -m 700 -o ${user} -g ${user} ${folder}`,
    `cat >${folder}/authorized_keys`,
    `chown ${user}:${user} ${folder}/authorized_keys`,
    `chmod 600 ${folder}/authorized_keys`,
  ].join('; ')
  await docker(['exec', '-i', container, 'sh', '-ec', script], { input: publicKey })
}
