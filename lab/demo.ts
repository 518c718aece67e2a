/**
 * Shows Cutover on this machine: lab hosts come up, then setup, releases under load, a rollback, a release that is
 * refused, and a table of what happened.
 */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, errorText, exitStatusOf, message, parseArguments } from '../runner/index.ts'
import { table } from '../tasks/blue-green/status-table.ts'
import { secrets, variant } from './cutover.ts'
import { LabUnavailable } from './engine.ts'
import { home } from './home.ts'
import { down, type Lab, up } from './lab.ts'
import { type LoadReport, startLoad } from './load.ts'

const options = {
  yes: { type: 'boolean', short: 'y', help: 'do not ask' },
  keep: { type: 'boolean', help: 'leave the lab up at the end' },
  hosts: { type: 'string', default: '2', help: 'how many servers' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const

const usage = `Cutover demo: npm run demo -- [--yes] [--keep] [--hosts 2]
  --yes    do not ask
  --keep   leave the lab up at the end (npm run lab -- down --name demo takes it away)`

const announcement = (
  hosts: string,
): string => `This demo brings up ${hosts} Debian servers in containers on this machine, and runs Cutover against them.
It will, on this machine:
  - use its Docker engine or, where none answers, install Debian's docker.io and start one of its own;
  - install what is missing of mmdebstrap, openssl, openssh-client, iptables, unzip;
  - build some images the first time (a few minutes; kept in that engine, own data in ${home});
  - make one network below 10.213.0.0/16, and send requests to its own hosts there, and nowhere else.
At the end it takes away containers, network, firewall rules and its engine; the images stay for the next time
(npm run lab -- down --name demo --purge removes them too).`

/** One step of the demo, for the table at the end. */
interface Row {
  title: string
  seconds: number
  reports: LoadReport[]
  outcome: string
}

const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text)
const headline = (text: string): void =>
  console.log(`\n${bold(`── ${text} ${'─'.repeat(Math.max(0, 74 - text.length))}`)}`)

interface Step {
  title: string
  playbook: string
  args?: readonly string[]
}

/** Runs a playbook in this terminal. @returns its exit status */
function cutover(lab: Lab, { playbook, args = [] }: Step): Promise<number> {
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

/** Runs a release while clients send requests to every host. @throws Error for another exit status than the expected */
async function underLoad(lab: Lab, expected: 0 | 1, step: Step): Promise<Row> {
  const { title } = step
  headline(`${title}, under load`)
  const loads = await Promise.all(lab.hosts.map(({ address }) => startLoad({ url: `http://${address}` })))
  await sleep(4_000)
  const since = performance.now()
  const code = await cutover(lab, step)
  const seconds = (performance.now() - since) / 1000
  await sleep(4_000)
  const reports = await Promise.all(loads.map((load) => load.stop()))
  if (code !== expected) throw new Error(`${title}: exit status ${code}, not ${expected}`)
  return { title, seconds, reports, outcome: expected === 0 ? 'live' : 'refused, the old release served on' }
}

/** Runs a playbook without load. @throws Error if it fails */
async function plain(lab: Lab, step: Step): Promise<Row> {
  const { title } = step
  headline(title)
  const since = performance.now()
  const code = await cutover(lab, step)
  if (code !== 0) throw new Error(`${title}: exit status ${code}`)
  return { title, seconds: (performance.now() - since) / 1000, reports: [], outcome: 'done' }
}

const sum = (reports: readonly LoadReport[], key: 'sent' | 'failed' | 'refused' | 'lost' | 'slow' | 'rate'): number =>
  reports.reduce((total, report) => total + report[key], 0)

/** Prints what happened. @returns whether no request failed and no row was lost */
function recap(rows: readonly Row[]): boolean {
  headline('What happened')
  const cells = rows.map(({ title, seconds, reports, outcome }) => [
    title,
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
  const failures = `${sum(all, 'failed')} failed (${sum(all, 'refused')} refused), ${sum(all, 'lost')} rows lost.`
  console.log(bold(`\n${sum(all, 'sent')} requests sent while releasing, ${failures}`))
  for (const example of all.flatMap(({ examples }) => examples)) console.log(`  ${example}`)
  return bad === 0
}

/** Asks whether to go on, at a terminal. */
async function agreed(): Promise<boolean> {
  return !process.stdin.isTTY || /^y(es)?$/i.test(await ask('Go on? [y/N] '))
}

/** Brings hosts up and runs all steps on them. */
async function runSteps(hosts: number): Promise<Row[]> {
  const since = performance.now()
  headline(`${hosts} Debian servers come up`)
  const lab = await up('demo', hosts, (line) => console.log(line))
  // As an app has it that says nothing about it: the rollback finds a slot in standby.
  lab.inventory = variant(lab, 'demo', ({ apps }) => void delete apps.shop?.standby)
  for (const { name, address } of lab.hosts) console.log(`${name}  ${address}`)
  const seconds = (performance.now() - since) / 1000
  const deploy = (tag: string, title = `deploy ${tag}`): Step => ({ title, playbook: 'deploy', args: ['--tag', tag] })
  return [
    { title: 'lab up', seconds, reports: [], outcome: `${lab.hosts.length} hosts` },
    await plain(lab, { title: 'setup', playbook: 'setup' }),
    await plain(lab, { title: 'setup again', playbook: 'setup' }),
    await plain(lab, deploy('v1.0.0')),
    await underLoad(lab, 0, deploy('v1.1.0')),
    await underLoad(lab, 0, { title: 'rollback', playbook: 'rollback' }),
    await underLoad(lab, 1, deploy('crash', 'deploy a broken release')),
    await plain(lab, { title: 'status', playbook: 'status' }),
  ]
}

/** @returns the exit status */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArguments(argv, options)
  if (values.help) {
    console.log(usage)
    return 0
  }
  console.log(announcement(values.hosts))
  if (!values.yes && !(await agreed())) return 0
  const stop = (): void => void down('demo').finally(() => process.exit(130))
  process.once('SIGINT', stop)
  const since = performance.now()
  try {
    return recap(await runSteps(Number(values.hosts))) ? 0 : 1
  } finally {
    process.off('SIGINT', stop)
    if (values.keep) console.log('The lab is still up: npm run lab -- status; npm run lab -- down --name demo')
    else await down('demo')
    console.log(`${((performance.now() - since) / 1000).toFixed(0)} s in all.`)
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof LabUnavailable) console.error(`This machine can't run the demo: ${message(error)}`)
  else process.stderr.write(errorText(error))
  process.exitCode = exitStatusOf(error)
}
