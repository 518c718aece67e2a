/** The whole story on this machine: lab hosts come up, setup, releases under load, a rollback, a refused release, a recap. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { table } from '../tasks/blue-green/status-table.ts'
import { secrets } from './cutover.ts'
import { LabUnavailable } from './engine.ts'
import { home } from './home.ts'
import { down, type Lab, up } from './lab.ts'
import { type LoadReport, startLoad } from './load.ts'

const { values } = parseArgs({
  options: {
    yes: { type: 'boolean', short: 'y', default: false },
    keep: { type: 'boolean', default: false },
    hosts: { type: 'string', default: '2' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const usage = `Cutover demo: npx tsx playbooks/demo.ts [--yes] [--keep] [--hosts 2]
  --yes    do not ask
  --keep   leave the lab up at the end (npm run lab -- down --name demo takes it away)`

const announcement = `This demo brings up ${values.hosts} Debian servers in containers on this machine, and runs Cutover against them.
It will, on this machine:
  - use its Docker engine or, where none answers, install Debian's docker.io and start one of its own;
  - install what is missing of mmdebstrap, openssl, openssh-client, iptables, unzip;
  - build some images the first time (a few minutes; kept in that engine, own data in ${home});
  - make one network below 10.213.0.0/16, and send requests to its own hosts there, and nowhere else.
At the end it takes away containers, network, firewall rules and its engine; the images stay for the next time
(npm run lab -- down --name demo --purge removes them too).`

interface Row {
  what: string
  seconds: number
  reports: LoadReport[]
  outcome: string
}

const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text)
const headline = (text: string): void =>
  console.log(`\n${bold(`── ${text} ${'─'.repeat(Math.max(0, 74 - text.length))}`)}`)

/** Runs a playbook in this terminal, as a person does. */
function cutover(lab: Lab, playbook: string, ...args: string[]): Promise<number> {
  console.log(`$ npx tsx playbooks/${playbook}.ts ${args.join(' ')}`)
  const file = new URL(`../playbooks/${playbook}.ts`, import.meta.url).pathname
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', file, '--inventory', lab.inventory, ...args], {
      stdio: 'inherit',
      env: { ...process.env, ...secrets },
    })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/** A release while clients hold every host busy from outside. */
async function underLoad(lab: Lab, what: string, expected: number, playbook: string, ...args: string[]): Promise<Row> {
  headline(`${what}, under load`)
  const loads = await Promise.all(lab.hosts.map(({ address }) => startLoad({ url: `http://${address}` })))
  await sleep(4_000)
  const since = performance.now()
  const code = await cutover(lab, playbook, ...args)
  const seconds = (performance.now() - since) / 1000
  await sleep(4_000)
  const reports = await Promise.all(loads.map((load) => load.stop()))
  if (code !== expected) throw new Error(`${what}: exit status ${code}, not ${expected}`)
  return { what, seconds, reports, outcome: expected === 0 ? 'live' : 'refused, the old release served on' }
}

async function plain(lab: Lab, what: string, playbook: string, ...args: string[]): Promise<Row> {
  headline(what)
  const since = performance.now()
  const code = await cutover(lab, playbook, ...args)
  if (code !== 0) throw new Error(`${what}: exit status ${code}`)
  return { what, seconds: (performance.now() - since) / 1000, reports: [], outcome: 'done' }
}

const sum = (reports: readonly LoadReport[], key: 'sent' | 'failed' | 'refused' | 'lost' | 'slow' | 'rate'): number =>
  reports.reduce((total, report) => total + report[key], 0)

function recap(rows: readonly Row[]): boolean {
  headline('What happened')
  const cells = rows.map(({ what, seconds, reports, outcome }) => [
    what,
    `${seconds.toFixed(1)} s`,
    ...(reports.length > 0
      ? [
          String(sum(reports, 'sent')),
          sum(reports, 'rate').toFixed(0),
          String(sum(reports, 'slow')),
          String(sum(reports, 'failed')),
          String(sum(reports, 'lost')),
        ]
      : ['', '', '', '', '']),
    outcome,
  ])
  for (const line of table([['', 'took', 'requests', 'a second', 'slow ones', 'failed', 'rows lost', ''], ...cells]))
    console.log(line)
  const all = rows.flatMap(({ reports }) => reports)
  const bad = sum(all, 'failed') + sum(all, 'lost')
  console.log(
    bold(
      `\n${sum(all, 'sent')} requests sent while releasing, ${sum(all, 'failed')} failed (${sum(all, 'refused')} refused), ${sum(all, 'lost')} rows lost.`,
    ),
  )
  for (const example of all.flatMap(({ examples }) => examples)) console.log(`  ${example}`)
  return bad === 0
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(usage)
    return 0
  }
  console.log(announcement)
  if (!values.yes && process.stdin.isTTY) {
    const ask = createInterface({ input: process.stdin, output: process.stdout })
    const answer = await ask.question('Go on? [y/N] ')
    ask.close()
    if (!/^y(es)?$/i.test(answer.trim())) return 0
  }
  const stop = (): void => void down('demo').finally(() => process.exit(130))
  process.once('SIGINT', stop)
  const since = performance.now()
  try {
    headline(`${values.hosts} Debian servers come up`)
    const lab = await up('demo', Number(values.hosts), (line) => console.log(line))
    for (const { name, address } of lab.hosts) console.log(`${name}  ${address}`)
    const rows: Row[] = [
      {
        what: 'lab up',
        seconds: (performance.now() - since) / 1000,
        reports: [],
        outcome: `${lab.hosts.length} hosts`,
      },
    ]
    rows.push(await plain(lab, 'setup', 'setup'))
    rows.push(await plain(lab, 'setup again', 'setup'))
    rows.push(await plain(lab, 'deploy v1.0.0', 'deploy', '--tag', 'v1.0.0'))
    rows.push(await underLoad(lab, 'deploy v1.1.0', 0, 'deploy', '--tag', 'v1.1.0'))
    rows.push(await underLoad(lab, 'rollback', 0, 'rollback'))
    rows.push(await underLoad(lab, 'deploy a broken release', 1, 'deploy', '--tag', 'crash'))
    rows.push(await plain(lab, 'status', 'status'))
    return recap(rows) ? 0 : 1
  } finally {
    process.off('SIGINT', stop)
    if (values.keep) console.log('The lab is still up: npm run lab -- status; npm run lab -- down --name demo')
    else await down('demo')
    console.log(`${((performance.now() - since) / 1000).toFixed(0)} s in all.`)
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(
      error instanceof LabUnavailable
        ? `This machine can't run the demo: ${error.message}`
        : error instanceof Error
          ? error.message
          : String(error),
    )
    process.exitCode = 1
  },
)
