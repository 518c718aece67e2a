import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { docker, engineEnv, findEngine, LabUnavailable } from './engine.ts'
import { home } from './home.ts'
import { containerOf, containers, down, type Lab, labNames, readLab, sshCommand, up } from './lab.ts'

const usage = `npm run lab -- up [--name lab] [--hosts 2]   bring hosts, registry and images up (installs what is missing, says so)
npm run lab -- status                       which labs are up
npm run lab -- ssh [--name lab] HOST [CMD]  a shell on a host, as its user deploy
npm run lab -- logs [--name lab] HOST       the host's journal
npm run lab -- down [--name lab] [--purge]  take it away; --purge: the cached images too`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', default: 'lab' },
    hosts: { type: 'string', default: '2' },
    purge: { type: 'boolean' },
  },
})
const [command, ...rest] = positionals
const say = (line: string): void => console.log(line)

function theLab(): Lab {
  const lab = readLab(values.name)
  if (!lab) throw new Error(`No lab '${values.name}' is up: npm run lab -- up --name ${values.name}`)
  return lab
}

async function status(): Promise<void> {
  const running = await findEngine()
  if (labNames().length === 0) say('no lab is up')
  for (const name of labNames()) {
    const lab = readLab(name)
    say(
      `${name}: ${running ? (await containers(name)).length : 0} containers, hosts ${lab?.hosts.map((host) => `${host.name} ${host.address}`).join(', ') ?? 'none yet'}`,
    )
    if (lab) say(`  inventory ${lab.inventory}`)
  }
}

async function main(): Promise<number> {
  switch (command) {
    case 'up': {
      const since = Date.now()
      const lab = await up(values.name, Number(values.hosts), say)
      for (const host of lab.hosts)
        say(`${host.name}  ${host.address}  ssh: npm run lab -- ssh --name ${lab.name} ${host.name}`)
      say(`inventory ${lab.inventory}; up in ${((Date.now() - since) / 1000).toFixed(1)} s`)
      return 0
    }
    case 'status':
      await status()
      return 0
    case 'ssh': {
      const [program, ...args] = sshCommand(theLab(), rest[0] ?? 'web-1', rest.slice(1)) as [string, ...string[]]
      return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1
    }
    case 'logs': {
      await findEngine()
      const args = ['exec', containerOf(theLab().name, rest[0] ?? 'web-1'), 'journalctl', '--no-pager', '-n', '200']
      return spawnSync('docker', args, { stdio: 'inherit', env: { ...process.env, ...engineEnv() } }).status ?? 1
    }
    case 'down':
      if (values.purge && (await findEngine())) await purgeImages()
      await down(values.name)
      if (values.purge && labNames().length === 0) rmSync(home, { recursive: true, force: true })
      return 0
    default:
      say(usage)
      return command === undefined || command === 'help' ? 0 : 2
  }
}

async function purgeImages(): Promise<void> {
  const images = (await docker(['images', '-q', 'cutover-lab/*'])).split('\n').filter(Boolean)
  if (images.length > 0 && labNames().every((name) => name === values.name)) {
    await down(values.name)
    if (await findEngine()) await docker(['rmi', '-f', ...new Set(images)])
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(
      error instanceof LabUnavailable ? error.message : error instanceof Error ? error.message : String(error),
    )
    process.exitCode = 1
  },
)
