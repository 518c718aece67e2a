/**
 * The same idempotent setup in Cutover, a hand-written script, pyinfra, Ansible and Ansible with Mitogen, on the lab's
 * hosts, interleaved: `npm run bench -- runner`; `--help` says what can be chosen.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { secrets } from '../lab/cutover.ts'
import { docker, ensureEngine } from '../lab/engine.ts'
import { exec } from '../lab/exec.ts'
import { containerOf, down, type Lab, up } from '../lab/lab.ts'
import { measure } from './measure.ts'
import { type Results, type Row, type Starts, writeReport } from './report.ts'
import { measureStarts } from './start.ts'
import { tools as allTools, installTools, type Tool, writeInventories } from './tools.ts'
import { type Wan, wan } from './wan.ts'

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    hosts: { type: 'string', default: '1,5,20' },
    delays: { type: 'string', default: '0,50,200' },
    rounds: { type: 'string', default: '5' },
    tools: { type: 'string' },
    runs: { type: 'string', default: 'no change' },
    name: { type: 'string', default: 'runner' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run bench -- runner [--hosts 1,5,20] [--delays 0,50,200] [--runs 'no change,first'] [--rounds 5] [--tools 'script,empty script,cutover,pyinfra,mitogen,ansible'] [--name runner] [--keep]
Needs root (for delays) and what the lab needs. Writes bench/results/NAME.json, NAME.md and, where python3 has matplotlib, NAME.svg.
A tool that took over 20 s takes part in every other round only; the script, which all are compared with, in each.`)
  process.exit()
}
const say = (line: string): void => console.log(line)
const numbers = (text: string): number[] => text.split(',').map(Number)
const counts = numbers(values.hosts)
const most = Math.max(...counts)

/** A run that a slow tool is spared, in seconds of its first. */
const slow = 20

/** Bytes that crossed the lab's network between this machine and its hosts. */
async function crossed(): Promise<number> {
  const id = (await docker(['network', 'inspect', '-f', '{{.Id}}', 'cutover-lab-bench'])).trim().slice(0, 12)
  const read = (kind: string): Promise<string> => exec(['cat', `/sys/class/net/br-${id}/statistics/${kind}_bytes`])
  return Number(await read('rx')) + Number(await read('tx'))
}

const undo =
  'rm -rf /opt/bench /etc/cron.d/bench /etc/logrotate.d/bench; gpasswd -d deploy adm; docker network rm bench; ufw delete allow 8443/tcp; true'

async function once(tool: Tool, lab: Lab, row: Row, round: number, line: Wan | undefined): Promise<void> {
  await line?.counted()
  const before = await crossed()
  // No run finds a connection that an earlier one kept.
  const sockets = mkdtempSync(join(tmpdir(), 'bench-'))
  const cost = await measure([...(line?.prefix ?? []), ...tool.argv(lab, row.hosts)], {
    cwd: join(import.meta.dirname, 'runner'),
    env: { ...secrets, CI: 'true', ANSIBLE_SSH_CONTROL_PATH_DIR: sockets, ...tool.env },
  })
  if (cost.code !== 0) throw new Error(`${tool.name} ended with ${cost.code}:\n${cost.output.slice(-2000)}`)
  if (row.run === 'no change' && !tool.unchanged(cost.output, row.hosts))
    throw new Error(`${tool.name} changed something:\n${cost.output.slice(-2000)}`)
  const { wall, cpu, memory, code } = cost
  row.costs.push({ round, wall, cpu, memory, code })
  row.bytes.push(((await crossed()) - before) / row.hosts)
  if (line) row.trips.push(Math.max(...Object.values(await line.counted()).map(({ trips }) => trips)))
}

/** Round trips of the TCP and SSH handshake, as Cutover does it. */
async function loginTrips(lab: Lab, line: Wan): Promise<number> {
  await line.counted()
  await exec([
    ...line.prefix,
    process.execPath,
    '--import',
    'tsx',
    join(import.meta.dirname, 'runner/login.ts'),
    lab.hosts[0]!.address,
    join(lab.directory, 'id_ed25519'),
    join(lab.directory, 'known_hosts'),
  ])
  return Math.max(...Object.values(await line.counted()).map(({ trips }) => trips))
}

/** A lab whose hosts have Docker, ufw and all packages: one is made ready, and the others are copies of it. */
async function prepared(): Promise<Lab> {
  const image = 'cutover-bench-host'
  if ((await docker(['images', '-q', image])) === '') {
    const lab = await up('bench', 1, say)
    writeInventories(lab, 1)
    say('preparing a host')
    const done = await measure(
      [
        process.execPath,
        '--import',
        'tsx',
        join(import.meta.dirname, 'runner/prepare.ts'),
        '-i',
        join(lab.directory, 'bench/1-cutover.yaml'),
      ],
      { env: { CI: 'true' } },
    )
    if (done.code !== 0) throw new Error(done.output.slice(-3000))
    await docker(['commit', containerOf(lab.name, lab.hosts[0]!.name), image])
    await down('bench')
  }
  say(`starting ${most} hosts`)
  return up('bench', most, say, image)
}

const versions = await installTools(say)
const chosen = (await allTools()).filter(({ name }) => !values.tools || values.tools.split(',').includes(name))
await ensureEngine(say)
const lab = await prepared()
const rows: Row[] = []
const logins: number[] = []
let starts: Starts = { node: [], tsx: [], connecting: [] }

/** What was measured so far: an hour's work is not lost with its last minute. */
function keep(): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const results: Results = {
    command: ['npm run bench -- runner', ...process.argv.slice(2)].join(' '),
    node: process.version,
    cores: cpus().length,
    versions,
    starts,
    logins,
    rows,
  }
  writeFileSync(join(folder, `${values.name}.json`), `${JSON.stringify(results, null, 1)}\n`)
}

try {
  for (const hosts of counts) writeInventories(lab, hosts)
  for (const delay of numbers(values.delays)) {
    const line = delay === 0 ? undefined : await wan(delay)
    try {
      if (line) logins.push(await loginTrips(lab, line))
      for (const hosts of counts) {
        for (const run of values.runs.split(',') as Row['run'][]) {
          const these = chosen.map((tool): Row => ({
            tool: tool.name,
            hosts,
            run,
            delay,
            costs: [],
            bytes: [],
            trips: [],
          }))
          rows.push(...these)
          // Once before it counts, and without the delay: nothing is left to change, and the hosts' caches are warm.
          if (run === 'no change')
            await measure(chosen[0]!.argv(lab, hosts), {
              cwd: join(import.meta.dirname, 'runner'),
              env: { ...secrets, CI: 'true', ...chosen[0]!.env },
            })
          for (let round = 0; round < Number(values.rounds); round++) {
            for (const [index, tool] of chosen.entries()) {
              const row = these[index]!
              if (round % 2 === 1 && tool.name !== 'script' && row.costs[0]!.wall > slow) continue
              if (run === 'first')
                await Promise.all(
                  lab.hosts
                    .slice(0, hosts)
                    .map(({ name }) => docker(['exec', containerOf(lab.name, name), 'sh', '-c', undo])),
                )
              await once(tool, lab, row, round, line)
              say(
                `${run}, ${delay} ms, ${hosts} hosts, ${tool.name}: ${row.costs.at(-1)!.wall.toFixed(2)} s${row.trips.length > 0 ? `, ${row.trips.at(-1)} round trips` : ''}`,
              )
            }
          }
          keep()
        }
      }
    } finally {
      await line?.close()
    }
  }
} finally {
  if (!values.keep) await down('bench')
}

starts = await measureStarts()
keep()
console.log(await writeReport(values.name))
