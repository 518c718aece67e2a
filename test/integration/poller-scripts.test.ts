import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { throwAway, type ThrowAway } from '../../lab/throw-away.ts'
import { parseFreeze } from '../../tasks/app/freeze.ts'

const folder = join(import.meta.dirname, '../../templates/host')
const old = `sha256:${'1'.repeat(64)}`
const digest = `sha256:${'2'.repeat(64)}`

/** The scripts on a host whose registry, releases and clock are a test's own. */
describe.skipIf(!inject('lab'))('the scripts of the poller', () => {
  let place: ThrowAway
  const sh = async (script: string): Promise<string> =>
    (await place.host.$({ nothrow: true })`sh -c ${script} 2>&1`).stdout.trim()
  const poll = (seconds = ''): Promise<string> => sh(`PATH=/fake:$PATH /opt/cutover/poll.sh shop ${seconds}`)
  /** What the clock of the host shows, as `date` prints it for %u %H %M. */
  const clock = (text: string): Promise<void> =>
    place.host.write(
      '/fake/date',
      `#!/bin/sh\ncase $1 in +%u*) echo '${text}' "$TZ" ;; *) exec /bin/date "$@" ;; esac\n`,
      { mode: '755' },
    )
  const registry = (body: string): Promise<void> =>
    place.host.write('/opt/cutover/digest.sh', `#!/bin/sh\n${body}\n`, { mode: '755' })
  const freeze = (windows: readonly string[], zone = ''): Promise<void> =>
    place.host.write(
      '/opt/shop/follow',
      `x/shop\nlatest\n${zone && `zone ${zone}\n`}${windows
        .flatMap((text) => parseFreeze(text).map(({ from, to }) => `freeze ${from} ${to} ${text}\n`))
        .join('')}`,
    )
  const held = (): Promise<string> => sh('PATH=/fake:$PATH /opt/cutover/held.sh shop')

  beforeAll(async () => {
    place = await throwAway()
    await sh('mkdir -p /opt/cutover /opt/shop /fake /run')
    for (const script of ['held.sh', 'poll.sh'])
      await place.host.write(`/opt/cutover/${script}`, readFileSync(join(folder, script), 'utf8'), { mode: '755' })
  })
  afterAll(() => place.close())
  beforeEach(async () => {
    await sh('rm -rf /opt/shop/* /run/cutover-poll-* /fake/*')
    await freeze([])
    await registry(`echo ${digest}`)
    await place.host.write('/opt/shop/deploy', '#!/bin/sh\necho "deploy $* by $CUTOVER_WHO"\nsleep "${DEPLOY-0}"\n', {
      mode: '755',
    })
    await place.host.write('/opt/shop/followed', `${old}\n`)
  })

  it('release what is new', async () => {
    expect(await poll('0')).toMatch(/shop: x\/shop:latest is now sha256:2+: releasing it\ndeploy latest by poller$/)
    await place.host.write('/opt/shop/followed', `${digest}\n`)
    expect(await poll('0')).toBe('')
  })

  it.each([
    ['Fri 16:00 - Mon 06:00', '5 15 59', ''],
    ['Fri 16:00 - Mon 06:00', '5 16 00', 'frozen Fri 16:00 - Mon 06:00'],
    ['Fri 16:00 - Mon 06:00', '7 23 59', 'frozen Fri 16:00 - Mon 06:00'],
    ['Fri 16:00 - Mon 06:00', '1 00 00', 'frozen Fri 16:00 - Mon 06:00'],
    ['Fri 16:00 - Mon 06:00', '1 05 59', 'frozen Fri 16:00 - Mon 06:00'],
    ['Fri 16:00 - Mon 06:00', '1 06 00', ''],
    ['Tue 08:09 - Tue 09:08', '2 08 08', ''],
    ['Tue 08:09 - Tue 09:08', '2 08 09', 'frozen Tue 08:09 - Tue 09:08'],
    ['Tue 08:09 - Tue 09:08', '2 09 08', ''],
    ['Sun 12:00 - Sun 24:00', '7 23 59', 'frozen Sun 12:00 - Sun 24:00'],
    ['Sun 12:00 - Sun 24:00', '1 00 00', ''],
    ['22:00 - 06:00', '7 22 00', 'frozen 22:00 - 06:00'],
    ['22:00 - 06:00', '1 05 59', 'frozen 22:00 - 06:00'],
    ['22:00 - 06:00', '3 12 00', ''],
  ])('freeze %s: at %s it is %j', async (window, now, expected) => {
    await freeze(['Thu 00:00 - Thu 00:01', window])
    await clock(now)
    expect(await held()).toBe(expected)
  })

  it('read the clock of the zone of a freeze, and hold back where the host does not know it', async () => {
    await sh('mkdir -p /usr/share/zoneinfo/Lab; touch /usr/share/zoneinfo/Lab/Town')
    await freeze(['Mon 00:00 - Sun 23:59'], 'Lab/Town')
    await clock('3 12 00')
    expect(await held()).toBe('frozen Mon 00:00 - Sun 23:59 (Lab/Town)')
    await freeze(['Mon 00:00 - Sun 23:59'], 'Lab/Nowhere')
    expect(await held()).toBe('frozen: the host does not know the time zone Lab/Nowhere (apt-get install tzdata)')
  })

  it('release nothing in a freeze or a pause, and log that once, and its end', async () => {
    await freeze(['Mon 00:00 - Sun 23:59'])
    await clock('3 12 00')
    expect(await poll('0')).toMatch(/shop: frozen Mon 00:00 - Sun 23:59$/)
    expect(await poll('0')).toBe('')
    await place.host.write('/opt/shop/poller.paused', 'since today by ada: the fair\n')
    expect(await poll('0')).toMatch(/shop: paused since today by ada: the fair$/)
    // A person who deploys is held back by the freeze alone.
    expect(await sh('PATH=/fake:$PATH /opt/cutover/held.sh shop freeze')).toBe('frozen Mon 00:00 - Sun 23:59')
    await sh('rm /opt/shop/poller.paused')
    await freeze([])
    expect(await poll('0')).toMatch(/the poller is not held back any more\n.*: releasing it\ndeploy latest by poller$/)
  })

  it('ask a registry that fails more and more seldom, until it answers; a person may ask at once', async () => {
    await registry('echo "no route" >&2; exit 5')
    expect(await poll('0')).toMatch(/did not answer for x\/shop:latest: no route {2}It is asked again in 2 min/)
    expect(await poll('0')).toBe('')
    expect(await poll()).toMatch(/in 4 min at the earliest/)
    for (const minutes of [8, 16, 32, 60, 60]) expect(await poll()).toContain(`in ${minutes} min`)
    await sh('read -r word n at </run/cutover-poll-shop.failed; echo "$word $n 5" >/run/cutover-poll-shop.failed')
    await registry(`echo ${digest}`)
    expect(await poll('0')).toContain('releasing it')
    await registry('exit 5')
    expect(await poll('0')).toContain('in 2 min')
  })

  it('have no trouble with a tag that is not there yet', async () => {
    await registry('exit 4')
    expect([await poll('0'), await sh('ls /run | grep failed')]).toEqual(['', ''])
  })

  it('run one at a time: while a release runs, the next one that is due ends at once, and a person’s waits', async () => {
    const first = place.second.$`DEPLOY=3 /opt/cutover/poll.sh shop 0`
    const running = first.then(({ stdout }) => stdout)
    await sh('sleep 1')
    expect(await poll('0')).toMatch(/shop: another poller runs, and releases or asks: this one ends$/)
    await sh(`echo ${digest} >/opt/shop/followed`)
    expect(await poll()).toMatch(/shop: another poller runs: waiting for it$/)
    expect(await running).toContain('deploy latest by poller')
  })

  it('try a release that failed, and was not refused, more and more seldom; a newer one at once', async () => {
    await place.host.write('/opt/shop/deploy', '#!/bin/sh\necho no room\nexit 1\n', { mode: '755' })
    expect(await poll('0')).toMatch(/no room\n.*x\/shop:latest was not released, and is tried again in 2 min/)
    expect(await poll('0')).toBe('')
    expect(await poll()).toContain('in 4 min')
    await registry(`echo ${digest.replace('2', '3')}`)
    expect(await poll('0')).toContain('in 2 min')
    // What was refused, or is good, is no news.
    await place.host.write('/opt/shop/deploy', `#!/bin/sh\necho ${digest} >/opt/shop/followed\nexit 1\n`, {
      mode: '755',
    })
    await registry(`echo ${digest}`)
    expect(await poll()).toMatch(/: releasing it$/)
    expect(await poll('0')).toBe('')
  })

  it('leave alone what was refused, until setup has changed what the app gets', async () => {
    const line = (result: string): string =>
      `{"at":"2026-05-04T03:02:01.000Z","tag":"v2","digest":"${digest}","result":"${result}"}\n`
    const history = (...results: string[]): Promise<void> =>
      place.host.write('/opt/shop/releases.jsonl', results.map(line).join(''))
    await sh('touch -d 2026-05-01 /opt/shop/settings.json /opt/shop/app.env')
    await history('good', 'refused')
    // By hand, under another tag.
    expect(await poll('0')).toMatch(/which was refused before: it is not tried again$/)
    expect([await poll('0'), await sh('cat /opt/shop/followed')]).toEqual(['', digest])
    await sh('touch -d tomorrow /opt/shop/app.env')
    expect(await poll('0')).toMatch(
      /shop: x\/shop:latest was refused, and setup has changed something since\n.*: releasing it\ndeploy latest by poller$/,
    )
    // Also where nothing was noted for the poller.
    await place.host.write('/opt/shop/followed', `${old}\n`)
    expect(await poll('0')).toMatch(/: releasing it\ndeploy latest by poller$/)
    // What is good is no news, whatever setup writes.
    await history('refused', 'good')
    await place.host.write('/opt/shop/followed', `${digest}\n`)
    expect(await poll('0')).toBe('')
  })

  it('wait for the second of their host', async () => {
    expect(
      await sh('s=$(date +%s); /opt/cutover/poll.sh shop 2 >/dev/null; [ $(($(date +%s) - s)) -ge 2 ] && echo yes'),
    ).toBe('yes')
  })
})
