import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, type Ended, failureOf, variant } from '../../lab/cutover.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { slowLine } from '../../lab/slow-line.ts'
import { type ThrowAway, throwAway } from '../../lab/throw-away.ts'
import { dockerEngine } from '../../tasks/docker/engine/engine.ts'
import { dockerRepository } from '../../tasks/docker/engine/docker-repository.ts'
import { applied } from '../integration/applied.ts'

const name = `servers-platforms${process.env.CUTOVER_TEST_LAB === undefined ? '' : `-${process.env.CUTOVER_TEST_LAB}`}`
let lab: Lab
const on = (host: string, script: string): Promise<string> =>
  exec([...sshCommand(lab, host, ['sudo', 'sh', '-eu'])], { input: script })
const setup = (args: readonly string[] = [], inventory = lab.inventory): Promise<Ended> =>
  cutover('setup', args, inventory)
const sources = '/etc/apt/sources.list.d/docker.sources'

beforeAll(async () => {
  if (inject('lab')) lab = await up(name, [12, 13], (line) => console.log(`lab ${name}: ${line}`))
})
afterAll(async () => {
  if (inject('lab')) await down(name)
})

describe.skipIf(!inject('lab')).sequential('Debian 12 and 13 side by side in one fleet, from bare', () => {
  it('are set up, with Docker’s own packages for each', async () => {
    expect(failureOf(await setup())).toBe('')
    const found = async (host: string): Promise<string[]> =>
      (
        await on(
          host,
          `sed -n 's/^\\(Suites\\|Architectures\\|Signed-By\\): //p' ${sources}; dpkg-query -W -f '\${Package} \${Version}\\n' docker-ce docker-ce-cli docker-compose-plugin; docker compose version --short; docker info -f '{{.LiveRestoreEnabled}}'`,
        )
      ).split('\n')
    const expected = (suite: string, release: number): string[] => [
      suite,
      'amd64',
      '/etc/apt/keyrings/docker.asc',
      `docker-ce 5:26.1.5-1~debian.${release}~${suite}`,
      `docker-ce-cli 5:26.1.5-1~debian.${release}~${suite}`,
      `docker-compose-plugin 2.26.1-1~debian.${release}~${suite}`,
      '2.26.1-4',
      'true',
    ]
    expect(await found('web-1')).toEqual(expected('bookworm', 12))
    expect(await found('web-2')).toEqual(expected('trixie', 13))
  })

  it('get a release, which serves on both', async () => {
    expect(failureOf(await cutover('deploy', ['--tag', 'v1.0.0'], lab.inventory))).toBe('')
    for (const { address } of lab.hosts) {
      const answer = (await (await fetch(`http://${address}/`)).json()) as { version: string }
      expect(answer.version).toBe('v1.0.0')
    }
  })

  it('are not changed by a second setup, which waits for each host a few times', async () => {
    const lines = await Promise.all(lab.hosts.map(({ address }) => slowLine(address)))
    try {
      const slow = variant(lab, 'slow', (raw) => {
        raw.defaults.known_hosts = 'known_lines'
        lab.hosts.forEach((host, index) => {
          Object.assign(raw.hosts[host.name]!, { address: '127.0.0.1', port: lines[index]!.port })
        })
        // The app listens where the host is, and not where the line is. Without it, Traefik need not wait as long for
        // open requests, which would be a change.
        raw.apps = {}
      })
      const { code, output } = await setup(['--accept-new-host-keys', '--skip-tags', 'traefik'], slow)
      const trips = lines.map((line) => line.trips())
      console.log(`second setup: ${trips.join(' and ')} round trips with the login`)
      expect([code, output.match(/changed=0 /g)?.length]).toEqual([0, 2])
      for (const count of trips) expect(count).toBeLessThanOrEqual(20)
    } finally {
      for (const line of lines) line.close()
    }
    const { code, output } = await setup()
    expect([code, output]).toEqual([0, expect.stringContaining('nothing to change')])
    expect(output.match(/changed=0 /g)).toHaveLength(2)
  })

  it('a source or a key that somebody changed is found with a diff, and mended', async () => {
    await on('web-1', `sed -i 's/^Suites: .*/Suites: trixie/' ${sources}; echo x >/etc/apt/keyrings/docker.asc`)
    const checked = await setup(['--check', '--diff', '--tags', 'docker', '--limit', 'web-1'])
    expect(checked.output).toMatch(/change +repository docker/)
    const mended = await setup(['--diff', '--tags', 'docker', '--limit', 'web-1'])
    expect(failureOf(mended)).toBe('')
    expect(await on('web-1', `grep Suites ${sources}; head -n 1 /etc/apt/keyrings/docker.asc`)).toBe(
      'Suites: bookworm\n-----BEGIN PGP PUBLIC KEY BLOCK-----',
    )
    expect((await setup(['--tags', 'docker'])).output).toContain('nothing to change')
  })

  it('a version that is named is held, and one that there is not is refused', async () => {
    const pinned = (version: string): string =>
      variant(lab, 'pinned', (raw) => Object.assign(raw.vars.docker as object, { version }))
    const before = await on('web-2', 'docker ps -q --no-trunc | sort')
    expect(failureOf(await setup(['--tags', 'docker', '--limit', 'web-2'], pinned('5:26.*')))).toBe('')
    expect(await on('web-2', 'apt-mark showhold')).toBe('docker-ce\ndocker-ce-cli')
    expect(await on('web-2', 'docker ps -q --no-trunc | sort')).toBe(before)
    const refused = await setup(['--tags', 'docker', '--limit', 'web-2'], pinned('5:99.*'))
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('apt has no docker-ce=5:99.*')])
  })
})

describe.skipIf(!inject('lab'))('a bare host of Debian 12 in the lab’s network', () => {
  let there: ThrowAway
  const notes: string[] = []
  const tell = (note: string): void => void notes.push(note)
  beforeAll(async () => {
    there = await throwAway({ debian: 12, run: ['--network', `cutover-lab-${name}`] })
  })
  afterAll(() => there.close())
  const repository = (more: object = {}): ReturnType<typeof dockerRepository> =>
    dockerRepository({ address: lab.docker.repository, fingerprint: lab.docker.fingerprint, tell, ...more })

  it('does not take a key of another fingerprint, and keeps nothing of the attempt', async () => {
    expect(await applied(repository({ fingerprint: undefined }), there.host)).toMatch(
      /^the key has the fingerprint [0-9A-F]{40}, not 9DC858229FC7DD38854AE2D88D81803C0EBFCD88/,
    )
    expect((await there.host.$`ls /etc/apt/sources.list.d /etc/apt/keyrings`).stdout).not.toContain('docker')
  })

  it('says which repository it cannot read, and what there is to do', async () => {
    const said = await applied(repository({ address: 'http://packages.lab:9' }), there.host)
    expect(said).toMatch(/^this host can't read http:\/\/packages\.lab:9\/linux\/debian: .*[Cc]onnect/)
    expect(said).toContain('docker.repository names a mirror')
    const empty = await applied(repository({ address: 'http://packages.lab/nothing' }), there.host)
    expect(empty).toMatch(/linux\/debian has no packages for bookworm, nor for an older release/)
  })

  it('whose release the repository does not have yet gets the newest one before it, and that is said', async () => {
    const release = await there.host.read('/usr/lib/os-release')
    await there.host.$`sed -i 's/^VERSION_CODENAME=.*/VERSION_CODENAME=forky/' /usr/lib/os-release`
    there.facts.clear()
    expect(await applied(repository(), there.host)).toBeNull()
    expect(notes).toEqual(["Docker's repository has no packages for forky yet: those for trixie are used"])
    expect(await there.host.read(sources)).toContain('Suites: trixie\n')
    await there.host.write('/usr/lib/os-release', release ?? '')
    there.facts.clear()
    expect(await applied(repository(), there.host)).toBeNull()
    expect(await there.host.read(sources)).toContain('Suites: bookworm\n')
    there.facts.clear()
    expect(await repository().check(there.host)).toBeNull()
  })

  it('gets an older version if that is named, and holds it', async () => {
    const engine = dockerEngine({ version: '5:20.10.*' })
    expect(await applied(engine, there.host)).toBeNull()
    const { stdout } = await there.host
      .$`apt-mark showhold; docker --version; apt-get -s upgrade | grep -c docker-ce || true`
    expect(stdout).toMatch(/^docker-ce\ndocker-ce-cli\nDocker version 20\.10\.24/)
    there.facts.clear()
    expect(await engine.check(there.host)).toBeNull()
  })
})

describe.skipIf(!inject('lab')).sequential('a server with a life of its own', () => {
  let own: Lab
  const ownName = `${name}-own`
  const there = (script: string): Promise<string> =>
    exec([...sshCommand(own, 'web-1', ['sudo', 'sh', '-eu'])], { input: script })
  const state = async (): Promise<string> =>
    there(`docker inspect -f '{{.Id}} {{.State.StartedAt}} {{.State.Running}} {{json .Config.Labels}}' theirs-web-1
docker network inspect -f '{{.Id}}' theirs_default
docker volume inspect -f '{{.CreatedAt}}' theirs_data
dpkg-query -W -f '\${Package} \${Version}\\n' docker.io containerd runc nginx-light
systemctl show nginx -p ActiveState -p MainPID; sha256sum /etc/nginx/nginx.conf /etc/nginx/conf.d/own.conf /srv/theirs/compose.yaml
systemctl show docker -p MainPID
ls /etc/apt/sources.list.d /etc/apt/keyrings`)
  const rules = (): Promise<string> => there('ufw status | grep -e theirs -e 203.0.113 | sort')

  beforeAll(async () => {
    own = await up(ownName, 1, () => undefined)
    await there(`export DEBIAN_FRONTEND=noninteractive
apt-get update -q; apt-get install -yq --no-install-recommends docker.io docker-cli docker-compose nginx-light ufw
rm -f /etc/nginx/sites-enabled/default
echo 'server { listen 8080; listen [::]:8080; location / { return 200 "their site\\n"; } }' >/etc/nginx/conf.d/own.conf
systemctl restart nginx
mkdir -p /etc/docker /srv/theirs
printf '{"log-level": "warn", "labels": ["theirs=1"]}\\n' >/etc/docker/daemon.json
systemctl restart docker
tar -C / -cf - bin lib lib64 usr/bin/sleep usr/lib64 usr/lib/x86_64-linux-gnu/libc.so.6 usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 | docker import - theirs:1
cat >/srv/theirs/compose.yaml <<'YAML'
services: { web: { image: "theirs:1", command: [sleep, "9999"], volumes: ["data:/data"], restart: always } }
volumes: { data: {} }
YAML
docker compose -f /srv/theirs/compose.yaml -p theirs up -d
ufw allow 22/tcp; ufw allow 8080/tcp comment theirs; ufw deny from 203.0.113.0/24 comment theirs-too; ufw --force enable`)
  })
  afterAll(() => down(ownName))

  it('keeps its Docker, its daemon.json, its firewall’s rules, its nginx and its compose project', async () => {
    const [before, firewall] = [await state(), await rules()]
    expect(firewall.split('\n')).toHaveLength(3)
    expect(failureOf(await setup([], own.inventory))).toBe('')
    expect(failureOf(await cutover('deploy', ['--tag', 'v1.0.0'], own.inventory))).toBe('')
    expect(await state()).toBe(before)
    expect(await rules()).toBe(firewall)
    expect(JSON.parse(await there('cat /etc/docker/daemon.json'))).toEqual({
      'log-level': 'warn',
      labels: ['theirs=1'],
      'live-restore': true,
    })
    const { address } = own.hosts[0]!
    expect(await (await fetch(`http://${address}:8080/`)).text()).toBe('their site\n')
    expect((await fetch(`http://${address}/`)).status).toBe(200)
    expect((await setup([], own.inventory)).output).toContain('nothing to change')
  })

  it('keeps its Docker where the inventory asks for Docker’s own, and hears why', async () => {
    const before = await state()
    const asked = variant(own, 'asked', (raw) => Object.assign(raw.vars.docker as object, { source: 'docker' }))
    const { code, output } = await setup(['--tags', 'docker'], asked)
    expect([code, output]).toEqual([0, expect.stringContaining('the Docker that is there stays (docker.io)')])
    expect(await state()).toBe(before)
  })
})
