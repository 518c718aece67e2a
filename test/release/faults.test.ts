import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { containerOf } from '../../lab/containers.ts'
import { type Ended, failureOf } from '../../lab/cutover.ts'
import { docker } from '../../lab/engine.ts'
import { down, type Lab } from '../../lab/lab.ts'
import { ownVersion } from '../../tasks/version.ts'
import { type Build, buildCuttable } from './build.ts'
import { tags } from './crash-points.ts'
import { labOf } from './lab-of.ts'
import { steadyLoad } from './load.ts'
import { Stream } from './stream.ts'

const name = `faults-${process.env.CUTOVER_TEST_LAB ?? 'release'}`
let lab: Lab
let inventory: string
let build: Build
let stream: Stream
/** The container of the lab's host. */
let machine: string

const live = async (): Promise<string> => (await stream.state()).live
/** A tag that neither slot has. */
async function newTag(): Promise<string> {
  const there = await stream.on(`docker ps -a --filter label=cutover.slot --format '{{.Label "cutover.tag"}}'`)
  return tags.find((tag) => !there.split('\n').includes(tag)) ?? tags[0]
}

/** Runs something while clients are there. @returns what it gave, and which requests failed */
async function underLoad<T>(work: () => Promise<T>): Promise<{ result: T; failed: string[]; sent: number }> {
  const load = steadyLoad(`http://${stream.address}`, 40)
  await sleep(1_000)
  const result = await work().finally(() => sleep(1_500))
  const { failed, sent } = await load.stop()
  return { result, failed, sent: Object.values(sent).reduce((sum, each) => sum + each, 0) }
}

/** Nobody notices that a release fails; what served serves, and the next release is good. */
async function unnoticedFailure(
  work: (tag: string) => Promise<Ended>,
  words: RegExp,
  mend = async () => {},
): Promise<void> {
  const [before, tag] = [await live(), await newTag()]
  const { result, failed } = await underLoad(async () => {
    const ended = await work(tag).finally(mend)
    expect([ended.code, ended.output]).toEqual([1, expect.stringMatching(words)])
    expect(await live()).toBe(before)
    return stream.run('deploy', ['--tag', tag, '--retry-bad'])
  })
  expect(failureOf(result)).toBe('')
  expect(failed).toEqual([])
  await expectWell(tag)
}

/** One slot serves, with its own route, nobody holds the lock, and nothing is left over. */
async function expectWell(tag: string): Promise<void> {
  const state = await stream.state()
  expect(state).toMatchObject({ live: tag, recorded: tag, routeIsWhole: true, lock: '', processes: [] })
  expect(state.containers.filter((each) => /^(live|other)/.test(each))).toContain('live running')
  expect(state.containers).not.toContain('other running')
}

/** Until something holds that comes by itself. */
async function until(what: string, holds: () => Promise<boolean>, seconds = 90): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await sleep(300)
  }
}

const serves = async (): Promise<boolean> =>
  (await fetch(`http://${stream.address}/`, { signal: AbortSignal.timeout(2_000) })).ok

const deploying = (tag: string, where: RegExp, happens: () => Promise<unknown>): Promise<Ended> =>
  stream.disturbed(['deploy', '--tag', tag], { where }, happens)

/** The commands with which the phases of a release begin. */
const phases = {
  pull: /docker pull /,
  migrate: /docker run --detach --name shop-migration/,
  start: /docker create --name shop-/,
  gate: /good -lt|good=0|while \[ \$good/,
  switch: /staging\/\.shop\.yaml\.XXXXXX/,
  bake: /traefik\/dynamic\/shop\.yaml \| tr -d/,
  drain: /^set -eu; docker stop --time/,
  record: /cat >>\/opt\/shop\/releases\.jsonl/,
}

describe.skipIf(!inject('lab')).sequential('a release during which', () => {
  beforeAll(async () => {
    const [made, built] = await Promise.all([
      labOf(name, 1, { env: { NEEDS: 'postgres:5432' }, health: { interval: 2, timeout: 12 }, bake: 4 }),
      buildCuttable(name),
    ])
    ;({ lab, inventory } = made)
    build = built
    machine = containerOf(lab.name, 'web-1')
    stream = new Stream(lab, 'web-1', inventory, build)
    expect(failureOf(await stream.run('setup', []))).toBe('')
    for (const tag of ['s1', 's2'])
      expect(failureOf(await stream.run('deploy', ['--tag', tag, '--retry-bad']))).toBe('')
  })
  afterAll(async () => {
    stream?.end()
    build?.remove()
    if (!process.env.KEEP_LAB) await down(name)
  })
  beforeEach(() => stream.on('systemctl stop cron').then(() => stream.forgetImages()))
  afterEach(() => stream.lockIsFree())

  describe('the registry', () => {
    const registry = (): string => `cutover-lab-${lab.name}-registry`
    /** The host finds another registry under the name: one that answers everything with a status. */
    async function another(status: number): Promise<() => Promise<void>> {
      const tls = (file: string): Buffer => readFileSync(join(lab.directory, 'tls', file))
      const server = createServer({ cert: tls('server.crt'), key: tls('server.key') }, (_, response) =>
        response.writeHead(status, { 'retry-after': '60' }).end(),
      )
      const gateway = stream.address.replace(/\d+$/, '1')
      await new Promise<void>((resolve) => server.listen(5000, gateway, resolve))
      await stream.on(`echo '${gateway} registry.lab # another' >>/etc/hosts`)
      return async () => {
        await stream.on(`grep -v '# another$' /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts`)
        server.closeAllConnections()
        await new Promise<unknown>((resolve) => server.close(resolve))
        // For so long dockerd takes what it has read in /etc/hosts for true.
        await sleep(6_000)
      }
    }

    it('is down from the beginning', () =>
      unnoticedFailure(
        async (tag) => (await docker(['stop', '-t', '1', registry()]), stream.run('deploy', ['--tag', tag])),
        /the registry does not answer/,
        async () => void (await docker(['start', registry()])),
      ))

    it('goes down before the pull', () =>
      unnoticedFailure(
        (tag) => deploying(tag, phases.pull, () => docker(['stop', '-t', '1', registry()])),
        /web-1 pull/,
        async () => void (await docker(['start', registry()])),
      ))

    it('is down, and a rollback is not to be kept waiting', async () => {
      await docker(['stop', '-t', '1', registry()])
      try {
        const before = await live()
        const { result, failed } = await underLoad(() => stream.run('rollback', ['--force']))
        expect([failureOf(result), failed]).toEqual(['', []])
        expect(await live()).not.toBe(before)
      } finally {
        await docker(['start', registry()])
      }
    })

    it('stands still for ten seconds in the pull: it goes on then', async () => {
      const tag = await newTag()
      const { result, failed } = await underLoad(() =>
        deploying(tag, phases.pull, async () => {
          await docker(['pause', registry()])
          void sleep(10_000).then(() => docker(['unpause', registry()]))
        }),
      )
      expect([failureOf(result), failed]).toEqual(['', []])
      await expectWell(tag)
    })

    it.each([
      [401, /refused to say what/],
      [429, /can't say now what/],
    ])('answers with %i from the beginning', async (status, words) => {
      const back = await another(status)
      await unnoticedFailure((tag) => stream.run('deploy', ['--tag', tag]), words, back)
    })

    it.each([
      [401, /web-1 pull/],
      [429, /web-1 pull/],
    ])('answers with %i to the pull', async (status, words) => {
      let back = async (): Promise<void> => undefined
      await unnoticedFailure(
        (tag) => deploying(tag, phases.pull, async () => void (back = await another(status))),
        words,
        () => back(),
      )
    })
  })

  describe('the disk is full', () => {
    it('while the image is pulled', () =>
      unnoticedFailure(
        async () => {
          await stream.on('mount -t tmpfs -o size=1m tmpfs /var/lib/docker/tmp')
          return stream.run('deploy', ['--tag', 'bulky', '-e', 'apps.shop.image=registry.lab:5000/shop'])
        },
        /web-1 pull[^]*the disk is full/,
        async () => void (await stream.on('umount /var/lib/docker/tmp')),
      ))

    it('while the route is written', () =>
      unnoticedFailure(
        (tag) =>
          deploying(tag, phases.switch, () =>
            stream.on(
              'mount -t tmpfs -o size=4k tmpfs /opt/traefik/staging; cat /dev/zero >/opt/traefik/staging/full 2>/dev/null; true',
            ),
          ),
        /web-1 switch[^]*shop\.yaml could not be written/,
        async () => void (await stream.on('umount /opt/traefik/staging')),
      ))
  })

  describe('dockerd is killed', () => {
    it.each(Object.entries(phases))('before %s: it is started again, and nobody notices', async (_, where) => {
      const tag = await newTag()
      const { result, failed } = await underLoad(() =>
        deploying(tag, where, () => stream.on('kill -9 $(pidof dockerd)')),
      )
      expect([failureOf(result), failed]).toEqual(['', []])
      await expectWell(tag)
    })
  })

  describe('Traefik is restarted', () => {
    it.each(['gate', 'bake'] as const)('before the %s: only while it is away requests fail', async (phase) => {
      const tag = await newTag()
      let [from, to] = ['', '']
      const { result, failed } = await underLoad(() =>
        deploying(tag, phases[phase], async () => {
          from = new Date().toISOString()
          await stream.on('docker restart -t 5 traefik')
          await until('it serves', serves)
          to = new Date(Date.now() + 2_000).toISOString()
        }),
      )
      expect(failed.filter((each) => each < from || each > to)).toEqual([])
      expect(failureOf(result)).toBe('')
      await expectWell(tag)
    })
  })

  describe('PostgreSQL goes down', () => {
    const stop = (): Promise<string> => stream.on('docker stop -t 5 shop-postgres')
    const start = async (): Promise<void> => {
      await stream.on('docker start shop-postgres')
      await until('it is healthy', async () =>
        (await stream.on("docker inspect -f '{{.State.Health.Status}}' shop-postgres")).includes('healthy'),
      )
    }

    it.each([
      ['gate', /not healthy after 12 s[^]*503/],
      ['bake', /answers were 5xx/],
    ] as const)(
      'before the %s: the release is refused, and only what needs the database fails',
      async (phase, words) => {
        const [before, tag] = [await live(), await newTag()]
        const { result, failed } = await underLoad(() => deploying(tag, phases[phase], stop))
        await start()
        expect([result.code, result.output]).toEqual([1, expect.stringMatching(words)])
        expect(await live()).toBe(before)
        expect(failed.filter((each) => !each.includes('POST: status 503'))).toEqual([])
        expect(failureOf(await stream.run('deploy', ['--tag', tag, '--retry-bad']))).toBe('')
        await expectWell(tag)
      },
    )
  })

  it('no name can be resolved any more: nobody notices, and a rollback works', async () => {
    await stream.on('cp /etc/resolv.conf /tmp/resolv; echo nameserver 127.0.0.9 >/etc/resolv.conf')
    await unnoticedFailure(
      async (tag) => {
        const [before, ended] = [await live(), await stream.run('deploy', ['--tag', tag])]
        expect(failureOf(await stream.run('rollback', ['--force']))).toBe('')
        expect(failureOf(await stream.run('rollback', [before, '--force']))).toBe('')
        return ended
      },
      /the registry does not answer/,
      async () => void (await stream.on('cat /tmp/resolv >/etc/resolv.conf')),
    )
  })

  it.each(['gate', 'bake'] as const)('the host is rebooted before the %s: it serves by itself', async (phase) => {
    const tag = await newTag()
    const ended = await deploying(tag, phases[phase], () => docker(['restart', '-t', '20', machine]))
    await until('it serves', serves)
    console.log(`a run whose host was rebooted before the ${phase} ended with ${ended.code}`)
    await stream.on('systemctl stop cron')
    const { result, failed } = await underLoad(() => stream.run('deploy', ['--tag', tag, '--retry-bad']))
    expect([failureOf(result), failed]).toEqual(['', []])
    await expectWell(tag)
  })

  describe('the clock of its shells is set', () => {
    // The clock of a lab host is this machine's: only what `date` says there can be another.
    const set = (seconds: number): Promise<string> =>
      stream.on(
        `printf '#!/bin/sh\\nexec /usr/bin/date -d "$(/usr/bin/date -d "%s seconds" --rfc-3339=ns)" "$@"\\n' '${seconds}' >/usr/local/bin/date; chmod +x /usr/local/bin/date; date`,
      )
    afterEach(() => stream.on('rm -f /usr/local/bin/date'))

    it.each([
      ['forward', 86_400, 'bake'],
      ['back', -86_400, 'bake'],
      ['forward', 86_400, 'gate'],
      ['back', -86_400, 'gate'],
    ] as const)('%s by a day (%i s) before the %s', async (_, seconds, phase) => {
      const [tag, since] = [await newTag(), performance.now()]
      const { result, failed } = await underLoad(() => deploying(tag, phases[phase], () => set(seconds)))
      expect([failureOf(result), failed]).toEqual(['', []])
      expect(performance.now() - since).toBeLessThan(120_000)
      await expectWell(tag)
    })
  })

  it('its container is killed in the bake, as for want of memory: what served before serves again', async () => {
    const [before, tag] = [await live(), await newTag()]
    let killed = 0
    const { result, failed } = await underLoad(() =>
      deploying(tag, phases.bake, async () => {
        killed = Date.now()
        await stream.on(
          `kill -9 $(docker inspect -f '{{.State.Pid}}' $(docker ps -q --filter label=cutover.tag=${tag}))`,
        )
      }),
    )
    expect([result.code, result.output]).toEqual([1, expect.stringMatching(/after the switch, it (restarted|ended)/)])
    expect(await live()).toBe(before)
    // What it had in hand is lost, and what comes until it has started again.
    expect(failed.filter((each) => Date.parse(each.slice(0, 24)) > killed + 5_000)).toEqual([])
    expect(failureOf(await stream.run('deploy', ['--tag', tag, '--retry-bad']))).toBe('')
    await expectWell(tag)
  })

  it.each(['gate', 'bake'] as const)(
    'its host stands still for 90 s before the %s, and somebody else releases too: one of them does',
    async (phase) => {
      const tag = await newTag()
      let other: Promise<Ended> | undefined
      const first = await deploying(tag, phases[phase], async () => {
        await docker(['pause', machine])
        // Its login comes through when the host goes on, at the moment at which the other's heartbeat is too old.
        void sleep(75_000).then(() => (other = stream.run('deploy', ['--tag', tag])))
        await sleep(90_000)
        await docker(['unpause', machine])
      })
      const second = await other
      console.log(`host frozen before the ${phase}: the first ended with ${first.code}, the other with ${second?.code}`)
      await until('it serves', serves)
      const { result, failed } = await underLoad(() => stream.run('deploy', ['--tag', tag, '--retry-bad']))
      expect([failureOf(result), failed]).toEqual(['', []])
      await expectWell(tag)
    },
  )

  it.each(['gate', 'switch', 'bake', 'record'] as const)(
    'its route is edited by hand before the %s: it is what the release makes it',
    async (phase) => {
      const tag = await newTag()
      const { result, failed } = await underLoad(() =>
        deploying(tag, phases[phase], () => stream.on('echo "# by hand" >>/opt/traefik/dynamic/shop.yaml')),
      )
      expect(failed).toEqual([])
      console.log(`a route edited before the ${phase}: the run ended with ${result.code}`)
      expect(failureOf(await stream.run('deploy', ['--tag', tag, '--retry-bad']))).toBe('')
      await expectWell(tag)
    },
  )

  describe('two operators have two versions of Cutover and of the inventory', () => {
    interface Operator {
      version: string
      stream: Stream
      settings: readonly string[]
    }
    const newVersion = '99.0.0'
    let newBuild: Build
    let older: Operator
    let newer: Operator
    beforeAll(async () => {
      newBuild = await buildCuttable(`${name}-newer`, newVersion)
      older = { version: ownVersion(), stream, settings: [] }
      newer = {
        version: newVersion,
        stream: new Stream(lab, 'web-1', inventory, newBuild),
        settings: ['-e', 'apps.shop.health.interval=3'],
      }
    })
    afterAll(() => {
      newer?.stream.end()
      newBuild?.remove()
    })

    const deployBy = (by: Operator, tag: string): Promise<Ended> =>
      by.stream.run('deploy', ['--tag', tag, ...by.settings])
    async function setUpBy(by: Operator): Promise<string> {
      const ended = await by.stream.run('setup', by.settings)
      await stream.on('systemctl stop cron; flock /run/cutover-heal-shop true')
      expect(failureOf(ended)).toBe('')
      expect(await stream.on('cat /opt/cutover/version; tail -n 1 /opt/cutover/bin/cutover.mjs')).toBe(
        `${by.version}\n// ${by.version}`,
      )
      return ended.output
    }

    it('and release by turns, each after a run of the other was killed in the bake: nobody notices', async () => {
      const { failed } = await underLoad(async () => {
        await setUpBy(newer)
        for (const [by, cut] of [
          [older, newer],
          [newer, older],
          [older, newer],
        ] as const) {
          const tag = await newTag()
          const killed = await cut.stream.listed('deploy', ['--tag', tag, ...cut.settings], {
            how: 'kill',
            when: 'after',
            matching: phases.bake.source,
          })
          expect(killed.met).toBe(true)
          await stream.lockIsFree()
          expect(failureOf(await deployBy(by, tag))).toBe('')
          await expectWell(tag)
        }
      })
      expect(failed).toEqual([])
    })

    it('and the host polls with the program of the last setup: nobody notices, and the older setup warns', async () => {
      const { failed } = await underLoad(async () => {
        expect(await setUpBy(newer)).not.toContain('warning: Cutover')
        expect((await older.stream.run('doctor', [])).output).toContain(`Cutover ${newVersion} has set this host up`)
        for (const [by, other] of [
          [newer, older],
          [older, newer],
        ] as const) {
          const said = await setUpBy(by)
          if (by === older) expect(said).toContain(`warning: Cutover ${newVersion} has set this host up`)
          expect(failureOf(await deployBy(other, await newTag()))).toBe('')
          const tag = await newTag()
          await stream.pollerSees(tag)
          expect(failureOf(await stream.program('/opt/cutover/poll.sh', 'shop'))).toBe('')
          await expectWell(tag)
        }
      })
      expect(failed).toEqual([])
    })
  })

  describe('somebody removes', () => {
    const remove = (tag: string): Promise<string> =>
      stream.on(`docker rm -f $(docker ps -aq --filter label=cutover.tag=${tag} --filter label=cutover.slot)`)

    it('the new slot at the gate: refused, and nobody notices', async () => {
      await unnoticedFailure((tag) => deploying(tag, phases.gate, () => remove(tag)), /refused: it is gone/)
    })

    it('the new slot in the bake: what served before serves again', async () => {
      const [before, tag] = [await live(), await newTag()]
      const { result } = await underLoad(() => deploying(tag, phases.bake, () => remove(tag)))
      expect([result.code, result.output]).toEqual([1, expect.stringContaining('it is gone')])
      expect(await live()).toBe(before)
      expect(failureOf(await stream.run('deploy', ['--tag', tag, '--retry-bad']))).toBe('')
      await expectWell(tag)
    })

    it('the old slot in the bake: the release is good', async () => {
      const [before, tag] = [await live(), await newTag()]
      const { result } = await underLoad(() => deploying(tag, phases.bake, () => remove(before)))
      expect(failureOf(result)).toBe('')
      await expectWell(tag)
    })
  })
})
