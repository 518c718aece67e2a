import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, variant, failureOf } from '../../lab/cutover.ts'
import { attempt, exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { type LoadReport, startLoad } from '../../lab/load.ts'
import { logins } from '../../lab/logins.ts'
import { type Fresh, newcomers } from '../../lab/newcomers.ts'

const name = 'e2e-dockerd'
let lab: Lab
const on = (script: string): Promise<string> => exec(sshCommand(lab, 'web-1', [script]))
const running = (): Promise<string> =>
  on("sudo docker ps --format '{{.Names}} {{.ID}} {{.Status}}' | sed 's/ Up .*(/ (/' | sort")
const kill = (process: string): Promise<unknown> => on(`sudo kill -9 $(pidof ${process}); sleep 8`)
const live = (): Promise<string> => on("sudo docker info -f '{{.LiveRestoreEnabled}}'")
const setup = (inventory = lab.inventory): Promise<Ended> => cutover('setup', ['--tags', 'docker'], inventory)

/** Runs something while clients are there, and gives what they saw. */
async function underLoad(work: () => Promise<unknown>): Promise<{ load: LoadReport; fresh: Fresh }> {
  const address = lab.hosts[0]!.address
  const load = await startLoad({ url: `http://${address}` })
  const stop = newcomers(address)
  // Slow requests must be in flight when it begins.
  await sleep(4_000)
  await work().finally(() => sleep(4_000))
  const [fresh, report] = await Promise.all([stop(), load.stop()])
  return { load: report, fresh }
}

function expectNothingLost({ load, fresh }: { load: LoadReport; fresh: Fresh }): void {
  expect({ failed: load.failed, lost: load.lost, examples: load.examples, newcomers: fresh.failed }).toEqual({
    failed: 0,
    lost: 0,
    examples: [],
    newcomers: [],
  })
  expect(load.rate).toBeGreaterThan(100)
  expect(load.accepted).toBeGreaterThan(200)
  expect(load.slow).toBeGreaterThan(5)
  expect(fresh.sent).toBeGreaterThan(500)
}

/** dockerd ends in every way it can, and nobody who uses the site notices. */
describe.skipIf(!inject('lab')).sequential('a host whose dockerd ends', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    // Somebody's settings are there before us.
    await on(
      'sudo mkdir -p /etc/docker; printf \'{\\n\\t"log-level": "warn",\\n\\t"max-concurrent-downloads": 4\\n}\\n\' | sudo tee /etc/docker/daemon.json >/dev/null; sudo chmod 640 /etc/docker/daemon.json',
    )
    for (const [playbook, ...args] of [['setup'], ['deploy', '--tag', 'v1.0.0']] as const)
      expect(failureOf(await cutover(playbook, args, lab.inventory))).toBe('')
  })
  afterAll(() => down(name))

  it('has live-restore on, beside what its daemon.json held', async () => {
    expect(
      await on("sudo cat /etc/docker/daemon.json; sudo stat -c '%a %U' /etc/docker/daemon.json; ls -A /etc/docker"),
    ).toBe(
      '{\n\t"log-level": "warn",\n\t"max-concurrent-downloads": 4,\n\t"live-restore": true\n}\n640 root\ncerts.d\ndaemon.json',
    )
    expect(await live()).toBe('true')
    expect((await setup()).output).toContain('nothing to change')
  })

  it('by kill -9, by a restart, and its containerd by kill -9: nobody notices, and no container is another', async () => {
    const before = await running()
    // The app finds its database, too: each of these is a new connection.
    await on(
      `sudo docker exec -d shop-blue sh -c 'echo ${Buffer.from(logins).toString('base64')} | base64 -d >/tmp/logins.py; exec python -u /tmp/logins.py >/tmp/logins'`,
    )
    expectNothingLost(
      await underLoad(async () => {
        await kill('dockerd')
        await on('sudo systemctl restart docker; sleep 4')
        await kill('containerd')
      }),
    )
    expect(await on('sudo docker exec shop-blue sort -u /tmp/logins')).toBe('ok')
    expect(await running()).toBe(before)
    // What held connections back is gone.
    expect(await on('sudo iptables -S | grep -c cutover-docker-starts || true')).toBe('0')
  })

  it('by kill -9 while a release goes on: it is live, and nobody notices', async () => {
    let ended: Ended | undefined
    expectNothingLost(
      await underLoad(async () => {
        const killing = sleep(3_500).then(() => kill('dockerd'))
        ended = await cutover('deploy', ['--tag', 'v1.1.0'], lab.inventory)
        await killing
      }),
    )
    expect([ended?.code, ended?.output]).toEqual([0, expect.stringContaining('drain')])
    expect(await running()).toMatch(/shop-green \w+ \(healthy\)/)
  })

  it('is not touched where its daemon.json can’t be read, or where dockerd itself does not take it', async () => {
    for (const [text, words] of [
      ['{"debug": false,}', /\/etc\/docker\/daemon\.json: it is not valid JSON/],
      [
        '{"no-such-key": 1}',
        /dockerd does not take \/etc\/docker\/daemon\.json with live-restore in it[^]*no-such-key/,
      ],
    ] as const) {
      await on(`printf '%s' '${text}' | sudo tee /etc/docker/daemon.json >/dev/null`)
      const { code, output } = await setup()
      expect(output).toMatch(words)
      expect(code).toBe(1)
      expect(await on('sudo cat /etc/docker/daemon.json; ls -A /etc/docker')).toBe(`${text}certs.d\ndaemon.json`)
    }
  })

  it('leaves live-restore off where a person said so, and says it; the inventory’s word turns it on', async () => {
    await on(
      'echo \'{"live-restore": false}\' | sudo tee /etc/docker/daemon.json >/dev/null; sudo systemctl reload docker; sleep 1',
    )
    const { code, output } = await setup()
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/live-restore is left off, as \/etc\/docker\/daemon\.json says[^]*nothing to change/),
    ])
    expect(await live()).toBe('false')
    const wanted = variant(lab, 'live-restore', (inventory) =>
      Object.assign(inventory.vars.docker as object, { live_restore: true }),
    )
    expect(failureOf(await setup(wanted))).toBe('')
    expect([await live(), await on('sudo cat /etc/docker/daemon.json')]).toEqual(['true', '{"live-restore": true}'])
  })

  it('says why it is left off in a swarm', async () => {
    await on(
      "echo '{\"live-restore\": false}' | sudo tee /etc/docker/daemon.json >/dev/null; sudo systemctl reload docker; sleep 1; sudo docker swarm init >/dev/null; echo '{}' | sudo tee /etc/docker/daemon.json >/dev/null",
    )
    const { code, output } = await setup()
    expect([code, output]).toEqual([0, expect.stringContaining('Docker refuses it on a node of a swarm')])
    expect(await on('sudo cat /etc/docker/daemon.json')).toBe('{}')
  })

  it('answers after it was stopped and started, too', async () => {
    await on('sudo docker swarm leave --force >/dev/null')
    expect(failureOf(await setup())).toBe('')
    await attempt(
      sshCommand(lab, 'web-1', ['sudo systemctl stop docker.socket docker; sudo systemctl start docker.socket docker']),
    )
    expect((await fetch(`http://${lab.hosts[0]!.address}/`)).status).toBe(200)
    expect(await on('sudo iptables -S | grep -c cutover-docker-starts || true')).toBe('0')
  })
})
