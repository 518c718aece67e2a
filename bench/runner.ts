/**
 * The same idempotent setup in Cutover, a hand-written script, pyinfra, Ansible and Ansible with Mitogen, on the lab's
 * hosts, interleaved: `npm run bench -- runner [--hosts 1,5,20] [--rounds 5] [--tools script,cutover] [--keep]`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { secrets } from '../test/lab/cutover.ts'
import { docker } from '../test/lab/engine.ts'
import { containerOf, down, type Lab, up } from '../test/lab/lab.ts'
import { type Cost, measure, median, spread } from './measure.ts'
import { installTools, type Tool, tools as allTools, writeInventories } from './tools.ts'

const { values } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== 'runner'),
  options: { hosts: { type: 'string', default: '1,5,20' }, rounds: { type: 'string', default: '5' }, tools: { type: 'string' }, first: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
})
const counts = values.hosts.split(',').map(Number)
const rounds = Number(values.rounds)
const say = (line: string): void => console.log(line)

interface Row {
  tool: string
  hosts: number
  run: 'first' | 'no change'
  costs: Cost[]
  /** Bytes a host received and sent, both together, per run. */
  bytes: number[]
}

/** What the hosts' own network cards have counted so far, in bytes. */
async function traffic(lab: Lab, hosts: number): Promise<number> {
  const counted = await Promise.all(lab.hosts.slice(0, hosts).map(async ({ name }) => docker(['exec', containerOf(lab.name, name), 'sh', '-c', 'cat /sys/class/net/eth0/statistics/rx_bytes /sys/class/net/eth0/statistics/tx_bytes'])))
  return counted.flatMap((text) => text.trim().split('\n').map(Number)).reduce((sum, bytes) => sum + bytes, 0)
}

const undo = 'rm -rf /opt/bench /etc/cron.d/bench /etc/logrotate.d/bench; gpasswd -d deploy adm; docker network rm bench; ufw delete allow 8443/tcp; true'

async function once(tool: Tool, lab: Lab, row: Row): Promise<void> {
  const before = await traffic(lab, row.hosts)
  const cost = await measure(tool.argv(lab, row.hosts), { cwd: join(import.meta.dirname, 'runner'), env: { ...secrets, CI: 'true', ...tool.env } })
  if (cost.code !== 0) throw new Error(`${tool.name} ended with ${cost.code}:\n${cost.output.slice(-2000)}`)
  if (row.run === 'no change' && !tool.unchanged(cost.output, row.hosts)) throw new Error(`${tool.name} changed something:\n${cost.output.slice(-2000)}`)
  row.costs.push(cost)
  row.bytes.push(((await traffic(lab, row.hosts)) - before) / row.hosts)
}

function report(rows: readonly Row[]): string {
  const of = (tool: string, { hosts, run }: Row): Row | undefined => rows.find((row) => row.tool === tool && row.hosts === hosts && row.run === run)
  const figure = (values: readonly number[], digits = 2): string => median(values).toFixed(digits)
  const lines = rows.map((row) => {
    const walls = row.costs.map(({ wall }) => wall)
    const script = of('script', row)
    const ratio = script ? (median(walls) / median(script.costs.map(({ wall }) => wall))).toFixed(2) : '–'
    return `| ${row.run} | ${row.hosts} | ${row.tool} | ${figure(walls)} ± ${(spread(walls) * 100).toFixed(0)} % | ${ratio} | ${figure(row.costs.map(({ cpu }) => cpu))} | ${figure(row.costs.map(({ memory }) => memory / 1e6), 0)} | ${figure(row.bytes.map((each) => each / 1000), 0)} |`
  })
  return ['| run | hosts | tool | wall, s | × script | control CPU, s | peak memory, MB | kB a host |', '|---|---|---|---|---|---|---|---|', ...lines].join('\n')
}

const versions = await installTools(say)
const chosen = (await allTools()).filter(({ name }) => !values.tools || values.tools.split(',').includes(name))
const most = Math.max(...counts)
const lab = await up('bench', most, say)
const rows: Row[] = []
try {
  for (const count of new Set([...counts, most])) writeInventories(lab, count)
  say(`preparing ${most} hosts`)
  const prepared = await measure([process.execPath, '--import', 'tsx', join(import.meta.dirname, 'runner/prepare.ts'), '-i', join(lab.directory, 'bench', `${most}-cutover.yaml`), '-f', '4'], { env: { CI: 'true' } })
  if (prepared.code !== 0) throw new Error(prepared.output.slice(-3000))
  for (const hosts of counts) {
    const runs: Row['run'][] = values.first ? ['first', 'no change'] : ['no change']
    for (const run of runs) {
      const these = chosen.map((tool): Row => ({ tool: tool.name, hosts, run, costs: [], bytes: [] }))
      rows.push(...these)
      // Once before it counts: the hosts' caches are warm for everybody, and nothing is left to change.
      if (run === 'no change') for (const tool of chosen) await measure(tool.argv(lab, hosts), { cwd: join(import.meta.dirname, 'runner'), env: { CI: 'true', ...tool.env } })
      for (let round = 0; round < rounds; round++) {
        for (const [index, tool] of chosen.entries()) {
          if (run === 'first') await Promise.all(lab.hosts.slice(0, hosts).map(({ name }) => docker(['exec', containerOf(lab.name, name), 'sh', '-c', undo])))
          await once(tool, lab, these[index]!)
          say(`${run}, ${hosts} hosts, ${tool.name}: ${these[index]!.costs.at(-1)!.wall.toFixed(2)} s`)
        }
      }
    }
  }
} finally {
  if (!values.keep) await down('bench')
}
const folder = join(import.meta.dirname, 'results')
mkdirSync(folder, { recursive: true })
const text = `${report(rows)}\n\nMedians of ${rounds} rounds, interleaved, ± half the range. Node ${process.version}; ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.\n`
writeFileSync(join(folder, 'runner.md'), text)
writeFileSync(join(folder, 'runner.json'), `${JSON.stringify({ versions, node: process.version, rows: rows.map(({ costs, ...row }) => ({ ...row, costs: costs.map(({ wall, cpu, memory }) => ({ wall, cpu, memory })) })) }, null, 1)}\n`)
console.log(text)
