import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { attempt, exec } from './exec.ts'
import { home } from './home.ts'

const run = '/run/cutover-lab'
const socket = `unix://${run}/docker.sock`
const pidfile = `${run}/dockerd.pid`
const beforeFile = join(home, 'before-engine.json')

/** A lab cannot run on this machine. The message says why, and what would change that. */
export class LabUnavailable extends Error {}

/** Settings of this machine from before the lab's engine started. */
interface Before {
  forwardPolicy: string
  ipForward: string
  inotify: string
}

/** A host's systemd takes seven of the 128 inotify instances that the kernel gives: some twenty hosts use them up. */
const inotifyFile = '/proc/sys/fs/inotify/max_user_instances'

/** The address of the engine in use; undefined for the machine's own. */
let chosen: string | undefined

/** Runs `docker` against the engine that the lab uses. */
export const docker = (args: readonly string[], options: Parameters<typeof exec>[1] = {}): Promise<string> =>
  exec(['docker', ...args], { ...options, env: { ...engineEnv(), ...options.env } })

/** As `docker`, but returns the exit status instead of throwing. */
export const tryDocker = (args: readonly string[]): ReturnType<typeof attempt> =>
  attempt(['docker', ...args], { env: engineEnv() })

/** The environment that points a docker client at the lab's engine. */
export const engineEnv = (): Record<string, string | undefined> => ({
  DOCKER_BUILDKIT: '0',
  ...(chosen ? { DOCKER_HOST: chosen } : {}),
})

const answers = async (address: string | undefined): Promise<boolean> =>
  (
    await attempt(['docker', 'version', '--format', '{{.Server.Version}}'], {
      env: address ? { DOCKER_HOST: address } : {},
      timeout: 10_000,
    })
  ).code === 0

/** Looks for a running engine: the machine's own, else the one that the lab started. @returns whether one answers */
export async function findEngine(): Promise<boolean> {
  for (const address of [undefined, socket]) {
    if (address === socket && !existsSync(`${run}/docker.sock`)) continue
    if (await answers(address)) {
      chosen = address
      return true
    }
  }
  return false
}

/**
 * Makes sure that an engine runs: installs and starts one where none does.
 * @throws LabUnavailable where that needs root or apt, and this machine or user has neither
 */
export async function ensureEngine(say: (line: string) => void): Promise<void> {
  if (await findEngine()) return ensureTools(say, [])
  if (process.getuid?.() !== 0) {
    throw new LabUnavailable(
      'No Docker engine answers here and this user may not start one: run as root, or as a user in the group docker.',
    )
  }
  await ensureTools(say, existsSync('/usr/sbin/dockerd') || existsSync('/usr/bin/dockerd') ? [] : ['docker.io'])
  say(`starting a Docker engine of the lab’s own (data in ${join(home, 'engine')})`)
  mkdirSync(run, { recursive: true })
  mkdirSync(home, { recursive: true })
  writeFileSync(beforeFile, JSON.stringify(await settings()))
  writeFileSync(inotifyFile, '8192')
  const log = openSync(join(home, 'engine.log'), 'a')
  const child = spawn(
    'dockerd',
    [
      '--data-root',
      join(home, 'engine'),
      '--exec-root',
      join(run, 'exec'),
      '--pidfile',
      pidfile,
      '-H',
      socket,
      '--bridge=none',
    ],
    {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    },
  )
  closeSync(log)
  child.unref()
  for (let tries = 0; tries < 120; tries++) {
    if (await findEngine()) return
    if (child.exitCode !== null) break
    await sleep(500)
  }
  const tail = readFileSync(join(home, 'engine.log'), 'utf8').trim().split('\n').slice(-5).join('\n')
  throw new LabUnavailable(`The Docker engine did not start on this machine; its last lines:\n${tail}`)
}

/** Installs the programs that the lab calls and that this machine lacks. @throws LabUnavailable without root or apt */
async function ensureTools(say: (line: string) => void, packages: string[]): Promise<void> {
  const wanted = [
    ...packages,
    ...(await lacking(['mmdebstrap'], 'mmdebstrap')),
    ...(await lacking(['openssl'], 'openssl')),
    ...(await lacking(['ssh', 'ssh-keygen'], 'openssh-client')),
    ...(await lacking(['iptables'], 'iptables')),
    ...(await lacking(['unzip'], 'unzip')),
  ]
  if (wanted.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new LabUnavailable(
      `The lab needs these Debian packages on this machine: ${wanted.join(' ')}. Install them, or run as root.`,
    )
  }
  say(`installing on this machine: ${wanted.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await exec(['apt-get', 'update', '-q'], { env })
  await exec(['apt-get', 'install', '-yq', '--no-install-recommends', ...wanted], { env })
}

/** The package, if one of its programs is not installed. */
async function lacking(programs: readonly string[], name: string): Promise<string[]> {
  const path = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
  for (const program of programs) {
    if ((await attempt(['sh', '-c', 'command -v "$0"', program], { env: path })).code !== 0) return [name]
  }
  return []
}

/** Stops the engine if the lab started it, and restores the firewall rules and kernel settings. */
export async function stopOwnEngine(): Promise<void> {
  if (!existsSync(pidfile)) return
  const pid = Number(readFileSync(pidfile, 'utf8'))
  try {
    process.kill(pid, 'SIGTERM')
    for (let tries = 0; tries < 100 && existsSync(`/proc/${pid}`); tries++) await sleep(200)
  } catch {
    // It has ended already; what remains is to clean up after it.
  }
  await removeFirewallRules()
  await unmountBelow(run)
  rmSync(run, { recursive: true, force: true })
}

/** dockerd leaves its network namespaces mounted when it ends. */
async function unmountBelow(folder: string): Promise<void> {
  const points = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  for (const point of points.filter((each) => each.startsWith(`${folder}/`)).toReversed())
    await attempt(['umount', point])
}

async function settings(): Promise<Before> {
  const rules = await attempt(['iptables', '-S', 'FORWARD'])
  return {
    forwardPolicy: /-P FORWARD (\w+)/.exec(rules.stdout)?.[1] ?? 'ACCEPT',
    ipForward: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(),
    inotify: readFileSync(inotifyFile, 'utf8').trim(),
  }
}

/** Docker leaves its chains behind when it stops. This removes them and the rules that jump to them, and no others. */
async function removeFirewallRules(): Promise<void> {
  for (const table of ['filter', 'nat', 'raw']) {
    const rules = (await attempt(['iptables', '-t', table, '-S'])).stdout.split('\n')
    const isDocker = (line: string): boolean => line.includes('DOCKER')
    for (const rule of rules.filter((line) => line.startsWith('-A') && isDocker(line))) {
      await attempt(['iptables', '-t', table, '-D', ...rule.split(' ').slice(1)])
    }
    for (const chain of rules.filter((line) => line.startsWith('-N') && isDocker(line))) {
      await attempt(['iptables', '-t', table, '-X', ...chain.split(' ').slice(1)])
    }
  }
  if (!existsSync(beforeFile)) return
  const { forwardPolicy, ipForward, inotify } = JSON.parse(readFileSync(beforeFile, 'utf8')) as Before
  await attempt(['iptables', '-P', 'FORWARD', forwardPolicy])
  writeFileSync('/proc/sys/net/ipv4/ip_forward', ipForward)
  writeFileSync(inotifyFile, inotify)
  rmSync(beforeFile)
}
