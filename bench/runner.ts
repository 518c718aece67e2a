/**
 * The same idempotent setup in Cutover, a hand-written script, pyinfra, Ansible and Ansible with Mitogen, on the lab's
 * hosts, in turns: `npm run bench -- runner`. `--help` lists the options.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { containerOf } from '../lab/containers.ts'
import { secrets } from '../lab/cutover.ts'
import { docker, ensureEngine } from '../lab/engine.ts'
import { exec } from '../lab/exec.ts'
import { down, type Lab, up } from '../lab/lab.ts'
import { parseArguments } from '../runner/index.ts'
import { measure } from './measure.ts'
import { type Results, type Row, type Starts, writeReport } from './report.ts'
import { measureStarts } from './start.ts'
import { tools as allTools, installTools, type Tool, writeInventories } from './tools.ts'
import { type Wan, wan } from './wan.ts'

const { values } = parseArguments(process.argv.slice(2), {
  hosts: { type: 'string', default: '1,5,20', help: 'numbers of hosts' },
  delays: { type: 'string', default: '0,50,200', help: 'round-trip times to add, in ms' },
  rounds: { type: 'string', default: '5', help: 'how often each tool runs' },
  tools: { type: 'string', help: 'only these tools' },
  runs: { type: 'string', default: 'no change', help: 'kinds of run' },
  name: { type: 'string', default: 'runner', help: 'the name of the results' },
  keep: { type: 'boolean', help: 'leave the lab up' },
  help: { type: 'boolean', help: 'this text' },
})
if (values.help) {
  console.log(`npm run bench -- runner [--hosts 1,5,20] [--delays 0,50,200] [--runs 'no change,first,first but the firewall'] [--rounds 5]
  [--tools 'script,empty script,cutover,pyinfra,mitogen,ansible'] [--name runner] [--keep]
Needs root (for delays) and what the lab needs. Writes bench/results/NAME.json, NAME.md and, where python3 has
matplotlib, NAME.svg.
A tool that took over 20 s takes part in every other round only; the script, which all are compared with, in each.`)
  process.exit()
}
const say = (line: string): void => console.log(line)
const numbers = (text: string): number[] => text.split(',').map(Number)
const hostCounts = numbers(values.hosts)
const folder = join(import.meta.dirname, 'runner')

/** A tool whose first run takes longer, in seconds, takes part in every other round only. */
const slow = 20

/** All bytes so far between this machine and the lab's hosts. */
async function networkBytes(): Promise<number> {
  const id = (await docker(['network', 'inspect', '-f', '{{.Id}}', 'cutover-lab-bench'])).trim().slice(0, 12)
  const read = (kind: string): Promise<string> => exec(['cat', `/sys/class/net/br-${id}/statistics/${kind}_bytes`])
  return Number(await read('rx')) + Number(await read('tx'))
}

/**
 * Takes the setup back on a host, so that the next run is a first one. With the same firewall, its rule stays: Cutover
 * proves each change of the firewall by a second login, which no other tool does.
 */
const undo = (run: Row['run']): string =>
  'rm -rf /opt/bench /etc/cron.d/bench /etc/logrotate.d/bench; gpasswd -d deploy adm; docker network rm bench; ' +
  (run === 'first' ? 'ufw delete allow 8443/tcp; true' : 'true')

/** Where tools run: on which lab, and over which slow line, if any. */
interface Place {
  lab: Lab
  line: Wan | undefined
}

const tripsOf = async (line: Wan): Promise<number> =>
  Math.max(...Object.values(await line.counted()).map(({ trips }) => trips))

/** Runs a tool once and adds the cost to its row. @throws Error if it fails, or changes what it should not */
async function runOnce(tool: Tool, { lab, line }: Place, row: Row, round: number): Promise<void> {
  await line?.counted()
  const before = await networkBytes()
  // With a new folder for its sockets, no run of Ansible finds a connection that an earlier one kept.
  const sockets = mkdtempSync(join(tmpdir(), 'bench-'))
  const cost = await measure([...(line?.prefix ?? []), ...tool.argv(lab, row.hosts)], {
    cwd: folder,
    env: { ...secrets, CI: 'true', ANSIBLE_SSH_CONTROL_PATH_DIR: sockets, ...tool.env },
  })
  if (cost.code !== 0) throw new Error(`${tool.name} ended with ${cost.code}:\n${cost.output.slice(-2000)}`)
  if (row.run === 'no change' && !tool.unchanged(cost.output, row.hosts))
    throw new Error(`${tool.name} changed something:\n${cost.output.slice(-2000)}`)
  const { wall, cpu, memory, code } = cost
  row.costs.push({ round, wall, cpu, memory, code })
  row.bytes.push(((await networkBytes()) - before) / row.hosts)
  if (line) row.trips.push(await tripsOf(line))
}

/** The round trips of Cutover's TCP and SSH handshakes. */
async function loginTrips(lab: Lab, line: Wan): Promise<number> {
  await line.counted()
  await exec([
    ...line.prefix,
    ...[process.execPath, '--import', 'tsx', join(folder, 'login.ts'), lab.hosts[0]?.address ?? ''],
    ...[join(lab.directory, 'id_ed25519'), join(lab.directory, 'known_hosts')],
  ])
  return tripsOf(line)
}

/** Brings up a lab whose hosts have Docker, ufw and all packages: one host is prepared, the others are copies of it. */
async function preparedLab(): Promise<Lab> {
  const image = 'cutover-bench-host'
  if ((await docker(['images', '-q', image])) === '') {
    const lab = await up('bench', 1, say)
    writeInventories(lab, 1)
    say('preparing a host')
    const inventory = join(lab.directory, 'bench/1-cutover.yaml')
    const { code, output } = await measure(
      [process.execPath, '--import', 'tsx', join(folder, 'prepare.ts'), '-i', inventory],
      { env: { CI: 'true' } },
    )
    if (code !== 0) throw new Error(output.slice(-3000))
    await docker(['commit', containerOf(lab.name, 'web-1'), image])
    await down('bench')
  }
  const most = Math.max(...hostCounts)
  say(`starting ${most} hosts`)
  return up('bench', most, say, image)
}

const versions = await installTools(say)
const chosen = (await allTools()).filter(({ name }) => !values.tools || values.tools.split(',').includes(name))
await ensureEngine(say)
const rows: Row[] = []
const logins: number[] = []
let starts: Starts = { node: [], tsx: [], connecting: [] }

/** Writes what was measured so far, so that a failure loses only the current group of runs. */
function saveResults(): void {
  const results: Results = {
    command: ['npm run bench -- runner', ...process.argv.slice(2)].join(' '),
    node: process.version,
    cores: cpus().length,
    versions,
    starts,
    logins,
    rows,
  }
  const target = join(import.meta.dirname, 'results')
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, `${values.name}.json`), `${JSON.stringify(results, null, 1)}\n`)
}

/** Runs all tools in turns, round by round, with the same number of hosts and the same kind of run. */
async function measureTools(place: Place, { hosts, run, delay }: Pick<Row, 'hosts' | 'run' | 'delay'>): Promise<void> {
  const { lab } = place
  const pairs = chosen.map((tool) => {
    const row: Row = { tool: tool.name, hosts, run, delay, costs: [], bytes: [], trips: [] }
    return { tool, row }
  })
  rows.push(...pairs.map(({ row }) => row))
  // One run before those that count, without the delay: it leaves nothing to change, and fills the hosts' caches.
  const [first] = chosen
  if (run === 'no change' && first)
    await measure(first.argv(lab, hosts), { cwd: folder, env: { ...secrets, CI: 'true', ...first.env } })
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { tool, row } of pairs) {
      const firstWall = row.costs[0]?.wall ?? 0
      if (round % 2 === 1 && tool.name !== 'script' && firstWall > slow) continue
      if (run !== 'no change') await undoSetup(lab, hosts, run)
      await runOnce(tool, place, row, round)
      const trips = row.trips.length > 0 ? `, ${row.trips.at(-1)} round trips` : ''
      say(`${run}, ${delay} ms, ${hosts} hosts, ${tool.name}: ${row.costs.at(-1)?.wall.toFixed(2)} s${trips}`)
    }
  }
  saveResults()
}

async function undoSetup(lab: Lab, hosts: number, run: Row['run']): Promise<void> {
  const containers = lab.hosts.slice(0, hosts).map(({ name }) => containerOf(lab.name, name))
  await Promise.all(containers.map((container) => docker(['exec', container, 'sh', '-c', undo(run)])))
}

/** Measures everything at one delay, in ms. */
async function measureAt(delay: number, lab: Lab): Promise<void> {
  const line = delay === 0 ? undefined : await wan(delay)
  try {
    if (line) logins.push(await loginTrips(lab, line))
    for (const hosts of hostCounts)
      for (const run of values.runs.split(',') as Row['run'][]) await measureTools({ lab, line }, { hosts, run, delay })
  } finally {
    await line?.close()
  }
}

const lab = await preparedLab()
try {
  for (const hosts of hostCounts) writeInventories(lab, hosts)
  for (const delay of numbers(values.delays)) await measureAt(delay, lab)
} finally {
  if (!values.keep) await down('bench')
}

starts = await measureStarts()
saveResults()
console.log(await writeReport(values.name))
