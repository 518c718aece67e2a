/**
 * How long a release takes, in Cutover and in other ways, one after the other on one host with the same app and load:
 * from the command to the first public answer of the other version, and what clients saw meanwhile. In the same run: how
 * long the app takes by itself, and a run that changes nothing. `npm run bench -- release [ROUNDS]`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cutover, failureOf, secrets, variant } from '../../lab/cutover.ts'
import { down, type Lab, up } from '../../lab/lab.ts'
import { startLoad } from '../../lab/load.ts'
import { measure } from '../measure.ts'
import { plotReleases } from '../tools.ts'
import { type Measured, report, type Results } from './report.ts'
import { onHost, otherWays, type Way } from './ways.ts'

const name = ['bench-release', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
const rate = 200
const root = join(import.meta.dirname, '../..')
const [before, after] = ['v1.0.0', 'v1.1.0']
// The other ways pass the environment on through files that take no quotes.
const environment = { ...secrets, SHOP_SECRET_KEY: 'x'.repeat(40), CI: 'true' }

/** The version that answers a request now; '' if none does. Each request has a connection of its own. */
const answering = (url: string): Promise<string> =>
  new Promise((resolve) => {
    const outgoing = request(`${url}/`, { agent: false, timeout: 2_000 }, (response) => {
      response.resume()
      resolve(String(response.headers['x-app-version'] ?? ''))
    })
    outgoing.on('error', () => resolve(''))
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.end()
  })

/** How long (s) a version is waited for: some commands end before it answers. */
const patience = 60

/**
 * Runs a command, and asks every 10 ms which version answers, until the command has ended and the version does.
 * @param version undefined: none is waited for
 * @throws Error if the command fails, or the version does not answer in time
 */
async function timed(url: string, argv: readonly string[], version?: string): Promise<Measured> {
  const since = performance.now()
  const now = (): number => (performance.now() - since) / 1000
  let running = true
  const run = measure(argv, { cwd: root, env: environment }).finally(() => (running = false))
  let first: number | undefined
  let lastOfOther: number | undefined
  while (running || (version !== undefined && first === undefined)) {
    const asked = now()
    if (asked > patience) throw new Error(`${argv.join(' ')}: ${version} does not answer`)
    const answer = await answering(url)
    if (answer === version) first ??= now()
    else if (answer !== '') lastOfOther = asked
    await sleep(10)
  }
  const cost = await run
  if (cost.code !== 0) throw new Error(`${argv.join(' ')} ended with ${cost.code}: ${cost.output}`)
  return {
    cost,
    ...(first !== undefined && { first }),
    ...(first !== undefined && lastOfOther !== undefined && { both: lastOfOther - first }),
  }
}

/** Seconds from `docker start` of Cutover's stopped slot to its first good answer, asked every 10 ms on the host. */
async function ownStart(lab: Lab): Promise<number> {
  const printed = await onHost(
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

/** Removes what is left of the newer version, so that its image has to be pulled again, and its migration is looked at. */
const forget = (lab: Lab): Promise<string> =>
  onHost(
    lab,
    `docker rm -f shop-migration >/dev/null 2>&1 || :
docker ps -aq --filter label=cutover.tag=${after} --filter status=exited | xargs -r docker rm -f >/dev/null
docker images --format '{{.ID}}' | sort -u | while read -r id; do
  docker image inspect -f '{{.RepoTags}} {{.RepoDigests}}' "$id" 2>/dev/null | grep -q '/shop[:@]' || continue
  [ -n "$(docker ps -aq --filter ancestor="$id")" ] || docker rmi -f "$id" >/dev/null 2>&1 || :
done`,
  )

/** Each release that is measured, in this order: the first one pulls. */
const steps: Record<string, { version: string; back?: boolean }> = {
  'deploy, image not there': { version: after },
  rollback: { version: before, back: true },
  'deploy, image there': { version: after },
}

const rounds = Number(process.argv[2] ?? 5)
execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' })
const lab = await up(name, 1, (line) => console.log(line))
try {
  const migrate = { command: ['alembic', 'upgrade', 'head'], files: '/app/db/migrations' }
  /** @param standby seconds */
  const inventoryWith = (standby: number): string =>
    variant(lab, `standby-${standby}`, ({ apps, vars }) => {
      // The others publish ports of their own, which setup closes otherwise.
      Object.assign(vars, { firewall: { allow: ['8081/tcp', '8082/tcp', '8083/tcp'] } })
      Object.assign(apps.shop ?? {}, { migrate, standby })
    })
  const [inventory, standby] = [inventoryWith(0), inventoryWith(600)]
  const commandOf = (file: string, playbook: string, ...more: string[]): string[] => [
    ...[process.execPath, 'dist/bin/cutover.js', playbook, '-i', file],
    ...more,
  ]
  const command = (playbook: string, ...more: string[]): string[] => commandOf(inventory, playbook, ...more)
  for (const [playbook = '', ...more] of [['setup'], ['deploy', '--tag', after], ['deploy', '--tag', before]]) {
    const failure = failureOf(await cutover(playbook, more, inventory, environment))
    if (failure !== '') throw new Error(`${playbook}: ${failure}`)
  }
  const own: Way = {
    name: 'Cutover',
    url: `http://${lab.hosts[0]?.address}`,
    release: (version) => command('deploy', '--tag', version),
    rollback: (version) => command('rollback', version),
  }
  const ways = [own, ...(await otherWays(lab, before))]
  const results: Results = { rate, ways: {}, starts: [] }
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) {
      const of = (results.ways[way.name] ??= { steps: {}, seen: { sent: 0, failed: 0, slowest: 0 } })
      await forget(lab)
      const load = await startLoad({ url: way.url, rate })
      const measured = async (what: string, argv: string[], version?: string): Promise<void> => {
        const one = await timed(way.url, argv, version)
        ;(of.steps[what] ??= []).push(one)
        console.log(`${way.name}, ${what}: ${one.first?.toFixed(2) ?? '–'} s, whole ${one.cost.wall.toFixed(2)} s`)
      }
      for (const [what, { version, back }] of Object.entries(steps))
        await measured(what, back ? way.rollback(version) : way.release(version), version)
      if (way === own) {
        await measured('nothing to change', way.release(after))
        // The slot that this leaves stays up, and the next one goes back to it.
        await measure(commandOf(standby, 'rollback', before), { cwd: root, env: environment })
        await measured('rollback, in standby', commandOf(standby, 'rollback', after), after)
      }
      const { sent, failed, slowest, examples } = await load.stop()
      for (const example of examples.slice(0, 2)) console.log(example)
      of.seen = {
        sent: of.seen.sent + sent,
        failed: of.seen.failed + failed,
        slowest: Math.max(of.seen.slowest, slowest),
      }
      await measure(way.rollback(before), { cwd: root, env: environment })
      // Now the other slot is stopped.
      if (way === own) results.starts.push(await ownStart(lab))
    }
  }
  const place = join(import.meta.dirname, '../results')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'release.json'), `${JSON.stringify(results, null, 1)}\n`)
  writeFileSync(join(place, 'release.md'), report(results))
  console.log(report(results))
  await plotReleases(join(place, 'release.json'), join(place, 'release.svg'))
} finally {
  await down(name)
}
