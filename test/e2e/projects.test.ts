import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { exec } from '../../lab/exec.ts'
import { images } from '../../lab/images.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'
import { loadInventory, Secret, type Task, z } from '../../runner/index.ts'
import { backendNetwork, postgres } from '../../tasks/app/database.ts'
import { appSettings, toApp } from '../../tasks/app/settings.ts'
import { longest } from '../../tasks/app/timeouts.ts'
import { appFolder } from '../../tasks/blue-green/app-folder.ts'
import { Observation } from '../../tasks/blue-green/slots/observation.ts'
import type { ReleaseContext } from '../../tasks/blue-green/context.ts'
import { prepareSteps } from '../../tasks/blue-green/prepare.ts'
import { prune } from '../../tasks/blue-green/steps/prune.ts'
import { dockerEngine } from '../../tasks/docker/engine/engine.ts'
import { image } from '../../tasks/docker/image.ts'
import { network } from '../../tasks/docker/network.ts'
import { registryCa } from '../../tasks/docker/registry.ts'
import { slotNetwork } from '../../tasks/paths.ts'
import { traefik } from '../../tasks/proxy/traefik.ts'
import { packages } from '../../tasks/system/packages.ts'
import { unit } from '../../tasks/system/unit.ts'
import { type Ran, ranOn } from '../runner/ran.ts'

const name = ['e2e-projects', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
const registry = 'registry.lab:5000'
const [proxyImage, databaseImage] = [`${registry}/${images.traefik}`, `${registry}/${images.postgres}`]
/** Made on the host from the lab's, a line each: another version's, one that ends at once, and one that is never ready. */
const variants = {
  next: ['FROM base', 'LABEL next=1'],
  newer: ['FROM base', 'ENV PG_MAJOR=18 PGDATA=/var/lib/postgresql/18/docker'],
  older: ['FROM base', 'ENV PG_MAJOR=16'],
  unknown: ['FROM base'],
  broken: ['FROM base', 'ENTRYPOINT ["sh", "-c", "echo database files are incompatible with server; exit 1"]'],
}
const variantOf = (of: keyof typeof variants): string =>
  `${registry}/${of === 'unknown' ? 'db' : 'postgres'}:${of === 'unknown' ? 'x' : `17-${of}`}`

let lab: Lab
const on = (script: string): Promise<string> =>
  exec([...sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu'])], { input: script })

async function run(tasks: readonly Task[], check = false): Promise<Ran> {
  const inventory = await loadInventory(lab.inventory, z.unknown(), { topLevelKeys: ['apps'] })
  return ranOn(inventory, inventory.hosts, {}, async (host) => void (await host.run(...tasks)), { check })
}

const notes = new Set<string>()
const tell = (note: string): void => void notes.add(note)
const database = (reference = databaseImage, app = 'shop'): Task[] =>
  postgres({ app, image: reference, database: app, user: app, password: new Secret('hunter2', 'password'), tell })
const proxy = (reference = proxyImage, https = false): Task[] => [
  network(slotNetwork('shop'), { keepAddress: true }),
  ...traefik({ image: reference, https, acme: { email: 'a@example.org' }, timeouts: longest([]), tell }),
]

const changed = ({ ended }: Ran): string[] =>
  ended.filter((each) => !each.endsWith(' ok')).map((each) => each.replace('web-1 ', ''))
const idOf = (container: string): Promise<string> => on(`docker inspect -f '{{.Id}} {{.State.Running}}' ${container}`)
const sql = (query: string, app = 'shop'): Promise<string> =>
  on(`docker exec ${app}-postgres psql -At -U ${app} -d ${app} -c '${query}'`)
const all = (): Promise<string> =>
  on(
    "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | sort; docker network ls --no-trunc -q | sort; docker volume ls -q | sort",
  )

describe.skipIf(!inject('lab'))('what Docker has on a host', () => {
  beforeAll(async () => {
    lab = await up(name, 1, (line) => console.log(`lab ${name}: ${line}`))
    const ready = await run([
      packages({ present: ['ca-certificates', 'curl'] }),
      dockerEngine({ source: 'distribution' }),
      unit('docker', { running: true, enabled: true }),
      registryCa(registry, readFileSync(join(lab.directory, 'ca.crt'), 'utf8')),
      image(proxyImage),
      image(databaseImage),
    ])
    expect(ready.said).toBe('')
    await on(
      `docker tag ${databaseImage} base; docker tag ${proxyImage} ${registry}/traefik:next; mkdir -p /opt/shop/postgres /opt/later/postgres`,
    )
    for (const [of, lines] of Object.entries(variants))
      await on(
        `printf '%s\\n' '${lines.join("' '")}' | DOCKER_BUILDKIT=0 docker build -q -t ${variantOf(of as keyof typeof variants)} -`,
      )
  })
  afterAll(() => down(name))
  beforeEach(() => notes.clear())

  describe('and is somebody else’s', () => {
    const other = 'com.docker.compose.project=traefik'
    it.each([
      [
        'container traefik',
        () => proxy(),
        `docker run -d --name traefik --label ${other} --entrypoint sleep base 999; docker run -d --name theirs --label ${other} --entrypoint sleep base 999`,
        'docker rm -f traefik theirs',
        'docker rename traefik OTHER-NAME',
      ],
      [
        'container shop-postgres',
        () => database(),
        'docker create --name shop-postgres base',
        'docker rm shop-postgres',
        'docker ps -a --no-trunc --filter name=^/shop-postgres$',
      ],
      [
        'container shop-postgres-before',
        () => database(),
        'docker create --name shop-postgres-before base',
        'docker rm shop-postgres-before',
        'docker rename shop-postgres-before OTHER-NAME',
      ],
      [
        `network ${slotNetwork('shop')}`,
        () => proxy(),
        `docker network create ${slotNetwork('shop')}`,
        `docker network rm ${slotNetwork('shop')}`,
        `docker network rm ${slotNetwork('shop')}`,
      ],
      [
        'network shop-backend',
        () => database(),
        'docker network create shop-backend',
        'docker network rm shop-backend',
        'docker network inspect shop-backend',
      ],
      [
        'volume shop-postgres',
        () => database(),
        'docker volume create shop-postgres',
        'docker volume rm shop-postgres',
        'docker volume inspect shop-postgres',
      ],
      [
        'volume shop-postgres',
        () => database(),
        'docker volume create --label com.docker.compose.project=shop-postgres --label com.docker.compose.volume=data shop-postgres',
        'docker volume rm shop-postgres',
        'docker volume rm shop-postgres',
      ],
    ])('%s is refused by name, and stays as it was', async (what, tasks, make, remove, mend) => {
      await on(make)
      try {
        const before = await all()
        for (const check of [true, false]) {
          const { said } = await run(tasks(), check)
          expect(said).toContain(`the ${what} is not Cutover's`)
          expect(said).toContain(mend)
        }
        const after = await all()
        for (const line of before.split('\n')) expect(after).toContain(line)
      } finally {
        await on(
          `${remove}; docker network rm ${slotNetwork('shop')} ${backendNetwork('shop')} 2>/dev/null || true; docker volume rm shop-postgres 2>/dev/null || true`,
        )
      }
    })

    it('is a folder too: /opt/traefik with a compose file of theirs', async () => {
      await on('mkdir -p /opt/traefik; chmod 700 /opt/traefik; echo "services: {}" >/opt/traefik/docker-compose.yml')
      const { said } = await run(proxy())
      expect(said).toContain("/opt/traefik/docker-compose.yml is not Cutover's")
      expect(await on('ls -A /opt/traefik; stat -c %a /opt/traefik')).toBe('docker-compose.yml\n700')
      await on(`rm -r /opt/traefik; docker network rm ${slotNetwork('shop')}`)
    })
  })

  describe('and is called like an app', () => {
    const app = 'blog'
    const state = (): Promise<string> =>
      on(
        `ls -lAR --time-style=full-iso /opt/${app} /opt/elsewhere /opt/traefik/dynamic 2>&1 | grep -v ^total || :; cat /opt/${app}/deploy /opt/traefik/dynamic/${app}.yaml 2>&1 || :; docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}'`,
      )
    afterEach(() =>
      on(`docker rm -f ${app}-blue >/dev/null 2>&1; rm -rf /opt/${app} /opt/elsewhere /opt/traefik/dynamic`),
    )

    it.each([
      [
        'folder with a script of theirs',
        `mkdir -m 750 /opt/${app}; echo 'echo mine' >/opt/${app}/deploy; touch /opt/${app}/data; chown daemon /opt/${app}`,
        `/opt/${app} is not Cutover's: it holds data deploy`,
        `mv /opt/${app} /root/`,
      ],
      ['file', `touch /opt/${app}`, `/opt/${app} is not Cutover's: it is no folder`, 'Give the app another name'],
      [
        'link',
        `mkdir -m 700 /opt/elsewhere; ln -s /opt/elsewhere /opt/${app}`,
        `/opt/${app} is not Cutover's: it is a link to /opt/elsewhere`,
        'Give the app another name',
      ],
      [
        'container of their own blue and green',
        `docker run -d --name ${app}-blue --entrypoint sleep base 999`,
        `the container ${app}-blue is not Cutover's`,
        `docker rename ${app}-blue OTHER-NAME`,
      ],
      [
        'route of theirs',
        `mkdir -p /opt/traefik/dynamic; echo 'http: {routers: {}}' >/opt/traefik/dynamic/${app}.yaml`,
        `/opt/traefik/dynamic/${app}.yaml is not Cutover's`,
        `mv /opt/traefik/dynamic/${app}.yaml /opt/traefik/dynamic/${app}-mine.yaml`,
      ],
    ])('a %s is refused by name, and stays as it was', async (_, make, message, mend) => {
      await on(make)
      const before = await state()
      for (const check of [true, false]) {
        const { said } = await run(appFolder(app, []), check)
        expect(said).toContain(message)
        expect(said).toContain(mend)
      }
      expect(await state()).toBe(before)
    })

    it('and the release that would take its container’s place removes nothing', async () => {
      await on(`docker run -d --name ${app}-blue --entrypoint sleep base 999`)
      const settings = toApp(app, '192.0.2.1', appSettings.parse({ image: 'x/blog' }))
      const context: ReleaseContext = {
        app: settings,
        kind: 'release',
        who: 'test',
        signal: new AbortController().signal,
        assertLockHeld: () => undefined,
        seen: new Observation(app),
        followed: async () => null,
        pulled: async () => undefined,
        cutOver: {},
        resolve: async () => ({
          app: settings,
          wanted: { tag: 'v1', digest: 'sha256:x', config: 'x' },
        }),
      }
      expect((await run(prepareSteps(context))).said).toContain(`the container ${app}-blue is not Cutover's`)
      expect(await on(`docker inspect -f '{{.State.Running}}' ${app}-blue`)).toBe('true')
    })

    it.each([
      ['nothing', 'true'],
      ['an empty folder', `mkdir -m 700 /opt/${app}`],
      ['what a setup left that was cut off', `mkdir /opt/${app}; touch /opt/${app}/..cutover.abcdef`],
      [
        'what an earlier release set up',
        `mkdir /opt/${app}; touch /opt/${app}/app.env; ln -s /opt/cutover/cutover.sh /opt/${app}/deploy`,
      ],
    ])('%s is taken, and a second run changes nothing', async (_, make) => {
      await on(make)
      expect((await run(appFolder(app, []))).said).toBe('')
      expect(await on(`stat -c '%a %U' /opt/${app}; cat /opt/${app}/.cutover`)).toMatch(/^755 root\nWritten by Cutover/)
      expect(changed(await run(appFolder(app, [])))).toEqual([])
    })
  })

  it('and is an image that somebody named or made a container of stays when old releases’ images go', async () => {
    const image = `${registry}/shop`
    const digests = await Promise.all(
      ['v1.0.0', 'v1.1.0', 'v1.2.0'].map(
        async (tag) =>
          (
            await on(
              `docker pull -q ${image}:${tag} >/dev/null; docker inspect -f '{{index .RepoDigests 0}}' ${image}:${tag}; docker rmi ${image}:${tag} >/dev/null`,
            )
          ).split('@')[1]!,
      ),
    )
    for (const digest of digests) await on(`docker pull -q ${image}@${digest} >/dev/null`)
    await on(
      `docker tag ${image}@${digests[1]} ${image}:mine; docker create --name theirs-too ${image}@${digests[2]} >/dev/null`,
    )
    const left = (): Promise<string> => on(`docker image ls --digests --format '{{.Digest}}' ${image} | sort -u`)
    const context = { app: toApp('other', '192.0.2.1', appSettings.parse({ image })) } as ReleaseContext
    const ran = await run([prune(context)])
    expect(ran.said).toBe('')
    expect(changed(ran)).toEqual(['prune changed'])
    expect(await left()).toBe([digests[1], digests[2]].sort().join('\n'))
    await on('docker rm theirs-too >/dev/null')
  })

  describe('and was set up by an earlier release', () => {
    beforeAll(async () => {
      const folder = join(import.meta.dirname, 'earlier')
      const texts = ['traefik', 'postgres'].map((each) => readFileSync(join(folder, `${each}-compose.yaml`), 'utf8'))
      await on(`docker network create --label cutover=1 traefik-public; docker network create --label cutover=1 shop-backend
        mkdir -p /opt/traefik/dynamic /opt/traefik/acme /opt/shop/postgres
        printf 'ping: {}\\nentryPoints: {traefik: {address: ":8080"}, web: {address: ":80"}}\\nproviders: {file: {directory: /etc/traefik/dynamic}}\\n# Written by Cutover\\n' >/opt/traefik/traefik.yaml
        printf 'POSTGRES_USER=shop\\nPOSTGRES_PASSWORD=hunter2\\nPOSTGRES_DB=shop\\n' >/opt/shop/postgres/postgres.env
        printf %s '${texts[0]!.replace('IMAGE', proxyImage)}' >/opt/traefik/compose.yaml
        printf %s '${texts[1]!.replace('IMAGE', databaseImage)}' >/opt/shop/postgres/compose.yaml
        docker compose -p traefik --project-directory /opt/traefik up -d --wait
        docker compose -p shop-postgres --project-directory /opt/shop/postgres up -d --wait
        docker run -d --name theirs --label com.docker.compose.project=traefik --label com.docker.compose.service=other --label com.docker.compose.oneoff=False --label com.docker.compose.config-hash=x --entrypoint sleep base 999`)
      await sql('create table t (x int); insert into t values (7)')
    })

    it('runs on as it is, and a person is told once, but Traefik goes onto the host’s network; a second run changes nothing', async () => {
      const [before, traefikBefore] = [await idOf('shop-postgres'), await idOf('traefik')]
      const first = await run([...proxy(), ...database()])
      expect(first.said).toBe('')
      expect(changed(first)).toContain('compose cutover-shop-postgres changed')
      expect(await on('ls /opt/shop/postgres')).toBe('compose.yaml\npassword')
      expect(await idOf('shop-postgres')).toBe(before)
      expect(await idOf('traefik')).not.toBe(traefikBefore)
      expect(await on("docker inspect -f '{{.HostConfig.NetworkMode}}' traefik; ls /opt/traefik/*.yaml")).toBe(
        'host\n/opt/traefik/compose.yaml\n/opt/traefik/traefik-20080.yaml',
      )
      expect([...notes].map((note) => note.replace(/;.*/, ''))).toEqual([
        'shop-postgres runs on with the settings it was set up with',
      ])
      expect(changed(await run([...proxy(), ...database()]))).toEqual([])
    })

    it('goes over to our own project with the next image, and others of the old project’s name stay', async () => {
      const [theirs, before] = [await idOf('theirs'), await Promise.all(['traefik', 'shop-postgres'].map(idOf))]
      const ran = await run([...proxy(`${registry}/traefik:next`), ...database(variantOf('next'))])
      expect(ran.said).toBe('')
      expect(
        ran.events.flatMap((event) => (event.type === 'task-end' && event.change ? [event.change.summary] : [])),
      ).toContain(`change shop-postgres: image ${databaseImage} → ${variantOf('next')}`)
      const after = await Promise.all(['traefik', 'shop-postgres'].map(idOf))
      expect(after.filter((id) => before.includes(id))).toEqual([])
      expect(await idOf('theirs')).toBe(theirs)
      expect(
        await on('docker inspect -f \'{{index .Config.Labels "com.docker.compose.project"}}\' traefik shop-postgres'),
      ).toBe('cutover-traefik\ncutover-shop-postgres')
      expect(await on('docker ps -a --filter name=-before -q')).toBe('')
      expect(await sql('select x from t')).toBe('7')
      expect(changed(await run([...proxy(`${registry}/traefik:next`), ...database(variantOf('next'))]))).toEqual([])
      await on('docker rm -f theirs')
    })
  })

  describe('a change of the database', () => {
    it.each([
      ['newer', '18'],
      ['older', '16'],
    ] as const)('to a %s major version is refused with the steps, before anything is touched', async (of, major) => {
      const [before, compose] = [await idOf('shop-postgres'), await on('cat /opt/shop/postgres/*')]
      for (const check of [true, false]) {
        const { said } = await run(database(variantOf(of)), check)
        expect(said).toContain(
          `shop's data is PostgreSQL 17's, and ${variantOf(of)} is PostgreSQL ${major}, which can't read it`,
        )
        expect(said).toContain(Number(major) > 17 ? '--extra-vars postgres.upgrade=true' : 'PostgreSQL has no way back')
      }
      expect([await idOf('shop-postgres'), await on('cat /opt/shop/postgres/*')]).toEqual([before, compose])
      await on('docker stop shop-postgres')
      expect((await run(database(variantOf(of)))).said).toContain("shop's data is PostgreSQL 17's")
      await on('docker start shop-postgres')
    })

    it('that does not come up puts the very same container back, with its file, and says what the new one said', async () => {
      expect((await run(database(variantOf('next')))).said).toBe('')
      const [before, compose] = [await idOf('shop-postgres'), await on('cat /opt/shop/postgres/compose.yaml')]
      const { said, ended } = await run(database(variantOf('broken')))
      expect(said).toContain('the change of shop-postgres failed, and what ran before is put back')
      expect(said).toContain('database files are incompatible with server')
      expect(said).toContain('shop-postgres (project cutover-shop-postgres) did not come up: it ended with 1')
      expect(ended).toContain('web-1 compose cutover-shop-postgres undone')
      expect([await idOf('shop-postgres'), await on('cat /opt/shop/postgres/compose.yaml')]).toEqual([before, compose])
      expect(await sql('select x from t')).toBe('7')
      expect(await on('docker ps -a --filter name=-before -q')).toBe('')
      expect(changed(await run(database(variantOf('next'))))).toEqual([])
    })

    it('to an image of an unknown version is made, and said', async () => {
      const ran = await run(database(variantOf('unknown')))
      expect(ran.said).toBe('')
      expect([...notes].join()).toContain("(PostgreSQL 17) is not known; if it can't, what runs now comes back")
      expect(await sql('select x from t')).toBe('7')
      expect((await run(database(variantOf('next')))).said).toBe('')
    })

    it.each([
      ['after the stop', 'docker stop shop-postgres'],
      ['after the other name', 'docker stop shop-postgres; docker rename shop-postgres shop-postgres-before'],
      [
        'with a new one that is broken',
        `docker stop shop-postgres; docker rename shop-postgres shop-postgres-before; docker run -d --name shop-postgres --restart unless-stopped --label cutover.stamp=x ${variantOf('broken')}`,
      ],
      [
        'with a new one that was only made',
        'docker stop shop-postgres; docker rename shop-postgres shop-postgres-before; docker create --name shop-postgres --label cutover.stamp=x base',
      ],
    ])('that was cut off %s is taken up by the next run', async (_, cut) => {
      const [id] = (await idOf('shop-postgres')).split(' ')
      await on(cut)
      const ran = await run(database(variantOf('next')))
      expect(ran.said).toBe('')
      expect(changed(ran)).toEqual(['compose cutover-shop-postgres changed'])
      expect(await idOf('shop-postgres')).toBe(`${id} true`)
      expect(await sql('select x from t')).toBe('7')
      expect(await on('docker ps -a --filter name=-before -q')).toBe('')
    })

    it('that was cut off when the new one was well already keeps that', async () => {
      expect((await run(database())).said).toBe('')
      const [old] = (await idOf('shop-postgres')).split(' ')
      // What the run that was cut off had done: the same as a whole one, but for the last step.
      await on('docker stop shop-postgres; docker rename shop-postgres kept')
      expect((await run(database(variantOf('next')))).said).toBe('')
      const now = await idOf('shop-postgres')
      await on('docker rename kept shop-postgres-before')
      expect(changed(await run(database(variantOf('next'))))).toEqual(['compose cutover-shop-postgres changed'])
      expect(await idOf('shop-postgres')).toBe(now)
      expect(await on('docker ps -a --no-trunc -q')).not.toContain(old)
    })
  })

  it('PostgreSQL 18 gets its volume one level up, and its data is in it', async () => {
    expect((await run(database(variantOf('newer'), 'later'))).said).toBe('')
    await sql('create table t (x int)', 'later')
    expect(
      await on(
        'docker volume inspect -f {{.Labels}} later-postgres; find "$(docker volume inspect -f {{.Mountpoint}} later-postgres)" -maxdepth 3 -name PG_VERSION -printf %P',
      ),
    ).toBe('map[cutover:1]\n18/docker/PG_VERSION')
    await on('docker rm -fv later-postgres')
  })

  it('a port that is taken is said with who has it, without the insides of anything, and the old proxy serves on', async () => {
    const before = await idOf('traefik')
    await on('docker run -d --name taken -p 443:443 --entrypoint sleep base 999')
    const { said } = await run(proxy(`${registry}/traefik:next`, true))
    expect(said).toContain('traefik (project cutover-traefik) could not be started')
    expect(said).toMatch(/Something on the host listens on .*443 already: ss -ltnp; docker ps/)
    expect(said).toMatch(/443[^\n]*(in use|already allocated)/)
    expect(said).not.toMatch(/errno:|exit code|^ *at /m)
    expect(await idOf('traefik')).toBe(before)
    await on('docker rm -f taken')
  })
})
