import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { parseArguments, printingErrors } from '../runner/index.ts'
import { type DebianRelease, defaultRelease, hostImages } from './base-images.ts'
import { containerOf, containers } from './containers.ts'
import { docker, engineEnv, findEngine } from './engine.ts'
import { home } from './home.ts'
import { down, type Lab, labNames, readLab, sshCommand, up } from './lab.ts'

const usage = `npm run lab -- up [--name lab] [--hosts 2] [--debian 13]
                                            bring hosts and a registry up (installs what is missing)
npm run lab -- status                       which labs are up
npm run lab -- ssh [--name lab] HOST [CMD]  a shell on a host, as its user deploy
npm run lab -- logs [--name lab] HOST       the host's journal
npm run lab -- down [--name lab] [--purge]  take it away; --purge: the cached images too`

const options = {
  name: { type: 'string', default: 'lab', help: 'the name of the lab' },
  hosts: { type: 'string', default: '2', help: 'how many hosts it has' },
  debian: { type: 'string', default: String(defaultRelease), help: 'their releases of Debian, in turn: 13,12' },
  purge: { type: 'boolean', help: 'removes the cached images too' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const

const say = (line: string): void => console.log(line)

/** @throws Error for a lab that is not up */
function labNamed(name: string): Lab {
  const lab = readLab(name)
  if (!lab) throw new Error(`No lab '${name}' is up: npm run lab -- up --name ${name}`)
  return lab
}

/** The release of each of some hosts: those that are given, in turn. @throws Error for a release that the lab does not have */
function releasesOf(count: number, given: string): DebianRelease[] {
  const known = Object.keys(hostImages).map(Number) as DebianRelease[]
  const releases = given.split(',').map((text) => {
    const release = known.find((each) => String(each) === text.trim())
    if (release === undefined) throw new Error(`--debian: the lab has Debian ${known.join(' and ')}, not '${text}'.`)
    return release
  })
  return Array.from({ length: count }, (_, index) => releases[index % releases.length] ?? defaultRelease)
}

async function bringUp(name: string, releases: readonly DebianRelease[]): Promise<number> {
  const since = Date.now()
  const lab = await up(name, releases, say)
  for (const host of lab.hosts)
    say(`${host.name}  ${host.address}  Debian ${host.debian}  ssh: npm run lab -- ssh --name ${lab.name} ${host.name}`)
  say(`inventory ${lab.inventory}; up in ${((Date.now() - since) / 1000).toFixed(1)} s`)
  return 0
}

async function status(): Promise<number> {
  const hasEngine = await findEngine()
  if (labNames().length === 0) say('no lab is up')
  for (const name of labNames()) {
    const lab = readLab(name)
    const count = hasEngine ? (await containers(name)).length : 0
    const hosts = lab?.hosts.map((host) => `${host.name} ${host.address}`).join(', ') ?? 'none yet'
    say(`${name}: ${count} containers, hosts ${hosts}`)
    if (lab) say(`  inventory ${lab.inventory}`)
  }
  return 0
}

function ssh(lab: Lab, host: string, command: readonly string[]): number {
  const [program = 'ssh', ...args] = sshCommand(lab, host, command)
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1
}

async function logs(lab: Lab, host: string): Promise<number> {
  await findEngine()
  const args = ['exec', containerOf(lab.name, host), 'journalctl', '--no-pager', '-n', '200']
  return spawnSync('docker', args, { stdio: 'inherit', env: { ...process.env, ...engineEnv() } }).status ?? 1
}

async function takeDown(name: string, purge: boolean): Promise<number> {
  if (purge && (await findEngine())) await purgeImages(name)
  await down(name)
  if (purge && labNames().length === 0) rmSync(home, { recursive: true, force: true })
  return 0
}

/** Removes the cached images, unless another lab uses them. */
async function purgeImages(name: string): Promise<void> {
  const images = (await docker(['images', '-q', 'cutover-lab/*'])).split('\n').filter(Boolean)
  if (images.length > 0 && labNames().every((each) => each === name)) {
    await down(name)
    if (await findEngine()) await docker(['rmi', '-f', ...new Set(images)])
  }
}

/** @returns the exit status */
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(argv, options, true)
  const [command = 'help', host = 'web-1', ...words] = positionals
  if (values.help || command === 'help') {
    say(usage)
    return 0
  }
  switch (command) {
    case 'up':
      return bringUp(values.name, releasesOf(Number(values.hosts), values.debian))
    case 'status':
      return status()
    case 'ssh':
      return ssh(labNamed(values.name), host, words)
    case 'logs':
      return logs(labNamed(values.name), host)
    case 'down':
      return takeDown(values.name, values.purge)
    default:
      say(usage)
      return 2
  }
}

process.exitCode = await printingErrors(() => main(process.argv.slice(2)))
