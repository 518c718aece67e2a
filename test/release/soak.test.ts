import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { failureOf } from '../../lab/cutover.ts'
import { down } from '../../lab/lab.ts'
import { issue, newAuthority, readAuthority } from '../../tasks/proxy/authority/authority.ts'
import { type Build, buildCuttable } from './build.ts'
import { tags } from './crash-points.ts'
import { labOf } from './lab-of.ts'
import { soakLoad } from './soak-load.ts'
import { Stream } from './stream.ts'

const name = `soak-${process.env.CUTOVER_TEST_LAB ?? 'release'}`
const domain = 'steady.home.local'
const releases = Number(process.env.RELEASES ?? 100)
/** Quick requests a second. */
const rate = Number(process.env.RATE ?? 300)

const fileScript = `find /opt /run/cutover* /etc /var/log/cutover -path '*/postgres/data' -prune -o -print 2>/dev/null | sort`

/** What must not grow on a host, by name. */
const countScript = `
echo "containers $(docker ps -aq | wc -l)"
echo "images $(docker images -q | wc -l)"
echo "volumes $(docker volume ls -q | wc -l)"
echo "networks $(docker network ls -q | wc -l)"
echo "files $(${fileScript} | wc -l)"
echo "routes $(curl -s http://127.0.0.1:20080/api/http/routers?per_page=1000 | grep -o '"rule"' | wc -l)"
echo "connections $(ss -Htn state established | wc -l)"
echo "processes $(ps -e --no-headers | wc -l)"
for each in dockerd containerd traefik; do echo "MB-of-$each $(($(ps -C $each -o rss= | paste -sd+ | sed 's/^$/0/') / 1024))"; done
`

let build: Build
let stream: Stream

async function counts(): Promise<Record<string, number>> {
  const lines = (await stream.on(countScript)).split('\n').map((line) => line.split(' '))
  return Object.fromEntries(lines.map(([what = '', count]) => [what, Number(count)]))
}

describe.skipIf(!inject('lab')).sequential('releases by the hundred', () => {
  beforeAll(async () => {
    const authority = newAuthority('home.local')
    const { certificate, key } = issue(readAuthority(authority), [domain])
    process.env.STEADY_KEY = key.reveal()
    const [made, built] = await Promise.all([
      labOf(name, 1, { access: { domain, https: { certificate: 'steady.crt', key: { env: 'STEADY_KEY' } } } }),
      buildCuttable(name),
    ])
    build = built
    writeFileSync(join(made.lab.directory, 'steady.crt'), certificate)
    stream = new Stream(made.lab, 'web-1', made.inventory, build)
    expect(failureOf(await stream.run('setup', []))).toBe('')
    for (const tag of [...tags, tags[0]]) expect(failureOf(await stream.run('deploy', ['--tag', tag]))).toBe('')
    expect(failureOf(await stream.run('rollback', ['--force']))).toBe('')
    // What cron leaves when it runs for the first time is no growth.
    await stream.on('/opt/cutover/heal.sh shop; touch /var/log/cutover/shop-poller.log')
  })
  afterAll(async () => {
    stream?.end()
    build?.remove()
    if (!process.env.KEEP_LAB) await down(name)
  })

  it(`lose no request of any kind, and leave nothing behind`, async () => {
    const since = performance.now()
    await stream.on(`${fileScript} >/tmp/files-before`)
    const before = await counts()
    const load = soakLoad(domain, stream.address, rate)
    await sleep(6_000)
    for (let count = 0; count < releases; count++) {
      const back = count % 10 === 9
      const ended = await stream.run(...(back ? (['rollback', ['--force']] as const) : next(count)))
      expect(failureOf(ended)).toBe('')
    }
    await sleep(6_000)
    const { sent, failed } = await load.stop()
    await sleep(10_000)
    const after = await counts()
    const seconds = (performance.now() - since) / 1000
    const all = Object.values(sent).reduce((sum, each) => sum + each, 0)
    console.log(
      `${releases} releases in ${(seconds / 60).toFixed(1)} min, ${all} requests (${(all / seconds).toFixed(0)}/s), ${failed.length} failed`,
    )
    console.log(JSON.stringify(sent))
    console.log([...new Set(failed.map((each) => each.slice(25)))].slice(0, 20).join('\n'))
    for (const what of Object.keys(before)) console.log(`${what}: ${before[what]} before, ${after[what]} after`)
    console.log(`files that are new: ${await stream.on(`${fileScript} | comm -13 /tmp/files-before -`)}`)
    expect(failed.slice(0, 20)).toEqual([])
    for (const [what, count] of Object.entries(after)) {
      const room = what.startsWith('MB-') ? 60 : ['connections', 'processes'].includes(what) ? 10 : 0
      expect([what, count <= (before[what] ?? 0) + room, count]).toEqual([what, true, count])
    }
  })
})

/** Each deploy brings the next of the three releases. */
const next = (count: number): readonly [string, readonly string[]] => [
  'deploy',
  ['--tag', tags[(count - Math.floor(count / 10)) % tags.length] ?? tags[0]],
]
