/**
 * How long a release takes: from the command to the first public answer of the other version, and to its end, under a
 * load that counts what fails. In the same run: how long the app takes by itself, from `docker start` to its first good
 * answer, and a run that changes nothing. `npm run bench -- release [ROUNDS]`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cutover, failureOf, secrets } from '../lab/cutover.ts'
import { exec } from '../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../lab/lab.ts'
import { startLoad } from '../lab/load.ts'
import { type Cost, measure, median, spread } from './measure.ts'

const name = ['bench-release', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
const rate = 200
const root = join(import.meta.dirname, '..')

const on = (lab: Lab, script: string): Promise<string> =>
  exec(sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu']), { input: script })
const url = (lab: Lab): string => `http://${lab.hosts[0]?.address}`

/** The version that answers a request now; '' if none does. Each request has a connection of its own. */
const answering = (lab: Lab): Promise<string> =>
  new Promise((resolve) => {
    const outgoing = request(`${url(lab)}/`, { agent: false, timeout: 2_000 }, (response) => {
      response.resume()
      resolve(String(response.headers['x-app-version'] ?? ''))
    })
    outgoing.on('error', () => resolve(''))
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.end()
  })

interface Measured {
  /** Seconds from the command to the first public answer of the version; NaN if nothing changes. */
  first: number
  cost: Cost
}

/** Runs a playbook, and asks every 10 ms which version answers. */
async function timed(lab: Lab, argv: readonly string[], version?: string): Promise<Measured> {
  const [playbook = '', ...more] = argv
  const since = performance.now()
  const run = measure([process.execPath, '--import', 'tsx', `playbooks/${playbook}.ts`, '-i', lab.inventory, ...more], {
    cwd: root,
    env: { ...secrets, CI: 'true' },
  })
  const ended = run.then(() => true)
  let first = Number.NaN
  while (version !== undefined && Number.isNaN(first)) {
    if ((await answering(lab)) === version) first = (performance.now() - since) / 1000
    else if (await Promise.race([ended, sleep(10, false)])) break
  }
  const cost = await run
  if (cost.code !== 0) throw new Error(`${argv.join(' ')} ended with ${cost.code}: ${cost.output}`)
  return { first, cost }
}

/** Seconds from `docker start` of the stopped slot to its first good answer, asked every 10 ms on the host. */
async function ownStart(lab: Lab): Promise<number> {
  const printed = await on(
    lab,
    `name=$(docker ps -a --filter label=cutover.app=shop --filter status=exited --format '{{.Names}}' | head -n 1)
since=$(date +%s%3N)
docker start "$name" >/dev/null
address=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$name" | tr ' ' '\\n' | grep -m 1 .)
until curl -sf -o /dev/null --max-time 1 "http://$address:8000/health"; do sleep 0.01; done
echo $(($(date +%s%3N) - since))
docker stop "$name" >/dev/null`,
  )
  return Number(printed) / 1000
}

/** Each thing that is measured, and in which order. */
const steps: Record<string, { argv: string[]; version?: string; before?: string }> = {
  'deploy, image not there': {
    argv: ['deploy', '--tag', 'v1.1.0'],
    version: 'v1.1.0',
    before: `docker ps -aq --filter label=cutover.tag=v1.1.0 | xargs -r docker rm -f >/dev/null
docker images --format '{{.Repository}}@{{.Digest}} {{.Tag}} {{.ID}}' | grep '/shop@' | sort -u -k 3 | while read -r name tag id; do
  docker ps -aq --filter ancestor="$id" | grep -q . || docker rmi -f "$id" >/dev/null 2>&1 || :
done`,
  },
  rollback: { argv: ['rollback'], version: 'v1.0.0' },
  'deploy, image there': { argv: ['deploy', '--tag', 'v1.1.0'], version: 'v1.1.0' },
  'nothing to change': { argv: ['deploy', '--tag', 'v1.1.0'] },
}

function report(rows: Record<string, Measured[]>, starts: number[], load: { sent: number; failed: number }): string {
  const shown = (values: number[]): string =>
    values.some(Number.isNaN) ? '–' : `${median(values).toFixed(2)} ± ${Math.round(spread(values) * 100)} %`
  const lines = Object.entries(rows).map(([what, all]) => {
    const of = (get: (each: Measured) => number): number[] => all.map(get)
    const over = median(of(({ first }) => first)) - median(starts)
    return `| ${[
      what,
      shown(of(({ first }) => first)),
      Number.isNaN(over) ? '–' : over.toFixed(2),
      shown(of(({ cost }) => cost.wall)),
      median(of(({ cost }) => cost.cpu)).toFixed(2),
      (median(of(({ cost }) => cost.memory)) / 1e6).toFixed(0),
    ].join(' | ')} |`
  })
  return [
    '| what | first answer, s | more than the app’s start, s | whole command, s | control CPU, s | peak memory, MB |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
    `The app’s own start, from \`docker start\` to its first good answer: ${shown(starts)} s. Medians of ${starts.length}, ± half of the range.`,
    `Under ${rate} requests a second: ${load.sent} sent, ${load.failed} failed. The lab’s inventory (health, bake and drain as \`npm run lab\` writes it); Node ${process.version}.`,
    '',
  ].join('\n')
}

const rounds = Number(process.argv[2] ?? 5)
const lab = await up(name, 1, (line) => console.log(line))
try {
  for (const [playbook = '', ...more] of [['setup'], ['deploy', '--tag', 'v1.1.0'], ['deploy', '--tag', 'v1.0.0']]) {
    const failure = failureOf(await cutover(playbook, more, lab.inventory))
    if (failure !== '') throw new Error(`${playbook}: ${failure}`)
  }
  const [rows, starts, sum]: [Record<string, Measured[]>, number[], { sent: number; failed: number }] = [
    {},
    [],
    { sent: 0, failed: 0 },
  ]
  for (let round = 0; round < rounds; round++) {
    starts.push(await ownStart(lab))
    const load = await startLoad({ url: url(lab), rate })
    for (const [what, { argv, version, before }] of Object.entries(steps)) {
      if (before !== undefined) await on(lab, before)
      const one = await timed(lab, argv, version)
      ;(rows[what] ??= []).push(one)
      console.log(`${what}: ${one.first.toFixed(2)} s, whole ${one.cost.wall.toFixed(2)} s`)
    }
    const { sent, failed, examples } = await load.stop()
    for (const example of examples) console.log(example)
    Object.assign(sum, { sent: sum.sent + sent, failed: sum.failed + failed })
    await cutover('rollback', ['v1.0.0'], lab.inventory)
  }
  const text = report(rows, starts, sum)
  mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
  writeFileSync(join(import.meta.dirname, 'results/release.md'), text)
  console.log(text)
} finally {
  await down(name)
}
