/**
 * An image of 300 MB from this machine's Docker to two hosts, and then the same with another top layer: `docker save | ssh
 * docker load`, a push through SSH to a registry that lives on the host for it, and Cutover. `npm run bench -- transfer`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { registry } from '../lab/base-images.ts'
import { cutover, failureOf } from '../lab/cutover.ts'
import { docker, engineEnv } from '../lab/engine.ts'
import { exec } from '../lab/exec.ts'
import { ensureImage, tagOf } from '../lab/image.ts'
import { down, type Lab, sshCommand, up } from '../lab/lab.ts'
import { quote } from '../runner/index.ts'
import { median } from './measure.ts'

const rounds = 3
const name = ['bench-transfer', process.env.CUTOVER_TEST_LAB].filter(Boolean).join('-')
const tag = (version: string): string => `${name}:${version}`
const say = (line: string): void => console.log(line)
/** Bytes of the layers, the lowest first; the top one differs between the two images. */
const layers = [150_000_000, 140_000_000, 10_000_000]

const sh = (script: string): Promise<string> => exec(['sh', '-c', script], { env: engineEnv() })
const ssh = (lab: Lab, host: string, options: readonly string[] = []): string => {
  const [program = '', ...words] = sshCommand(lab, host)
  return [program, ...options, ...words].map(quote).join(' ')
}
const each = (lab: Lab, work: (host: string, index: number) => Promise<unknown>): Promise<unknown> =>
  Promise.all(lab.hosts.map((host, index) => work(host.name, index)))

/** The two images: random bytes, so that nothing is won by compression. */
async function build(): Promise<void> {
  const lines = (top: string): string =>
    [
      `FROM ${tagOf(registry)}`,
      ...layers.slice(0, -1).map((bytes, n) => `RUN head -c ${bytes} /dev/urandom >/layer-${n}`),
      `RUN head -c ${layers.at(-1)} /dev/urandom >/top && echo ${top} >>/top`,
    ].join('\n')
  for (const version of ['first', 'second'])
    await docker(['build', '-q', '--network', 'none', '-t', tag(version), '-'], { input: lines(version) })
}

interface Way {
  name: string
  send(lab: Lab, version: string): Promise<unknown>
}

const ways: readonly Way[] = [
  {
    name: 'docker save | ssh docker load',
    send: (lab, version) => each(lab, (host) => sh(`docker save ${tag(version)} | ${ssh(lab, host)} sudo docker load`)),
  },
  {
    name: 'push through SSH to a registry',
    send: (lab, version) =>
      each(lab, async (host, index) => {
        const port = 15_900 + index
        const there = `127.0.0.1:${port}/${name}:${version}`
        await sh(`docker tag ${tag(version)} ${there}
          ${ssh(lab, host, ['-f', '-N', '-L', `${port}:127.0.0.1:5000`, '-M', '-S', `${lab.directory}/${host}.sock`])} >/dev/null 2>&1
          docker push -q ${there}; status=$?
          ${ssh(lab, host, ['-S', `${lab.directory}/${host}.sock`, '-O', 'exit'])} 2>/dev/null
          docker rmi ${there} >/dev/null; [ $status = 0 ]
          ${ssh(lab, host)} sudo docker pull -q 127.0.0.1:5000/${name}:${version}`)
      }),
  },
  {
    name: 'Cutover',
    send: (lab, version) =>
      exec(
        [
          process.execPath,
          '--import',
          'tsx',
          join(import.meta.dirname, 'transfer/send.ts'),
          '-i',
          lab.inventory,
          tag(version),
        ],
        { env: { ...engineEnv(), CI: 'true' } },
      ),
  },
]

/** The hosts have nothing of the images, and an empty registry runs on them. */
const forget = (lab: Lab): Promise<unknown> =>
  each(lab, (host) =>
    exec(
      sshCommand(lab, host, [
        `sudo sh -c 'docker rm -fv registry; docker image ls --format "{{.Repository}}:{{.Tag}}" | grep ${name} | xargs -r docker rmi; docker image prune -f; docker run -d --name registry -p 127.0.0.1:5000:5000 lab-registry; sync' >/dev/null 2>&1`,
      ]),
    ),
  )

/** Measures each way in turns. @returns seconds, by way and step */
async function measure(lab: Lab): Promise<Record<string, number[]>> {
  const seconds: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) {
      await forget(lab)
      for (const version of ['first', 'second']) {
        const since = performance.now()
        const output = await way.send(lab, version)
        const took = (performance.now() - since) / 1000
        ;(seconds[`${way.name}, ${version}`] ??= []).push(took)
        say(`${way.name}, ${version}: ${took.toFixed(1)} s`)
        if (typeof output === 'string')
          say(
            output
              .split('\n')
              .filter((line) => line.includes('layers sent'))
              .join('\n'),
          )
      }
    }
  }
  return seconds
}

function report(seconds: Record<string, number[]>): string {
  const [base] = ways
  const cell = (way: Way, version: string): string => {
    const [own, other] = [way, base].map((each) => median(seconds[`${each?.name}, ${version}`] ?? []))
    return `${own?.toFixed(1)} s (${((own ?? 0) / (other ?? 1)).toFixed(2)})`
  }
  return [
    '| way | 300 MB to two hosts | then another top layer (10 MB) |',
    '| --- | --- | --- |',
    ...ways.map(
      (way) => `| ${way.name.replace('|', String.raw`\|`)} | ${cell(way, 'first')} | ${cell(way, 'second')} |`,
    ),
    '',
    `Median of ${rounds}, in brackets as a share of the first way. \`npm run bench -- transfer\`, Node ${process.version}.`,
    '',
  ].join('\n')
}

const lab = await up(name, 2, say)
try {
  await ensureImage(registry, say)
  await build()
  const ready = failureOf(await cutover('setup', ['--tags', 'packages,docker'], lab.inventory))
  if (ready !== '') throw new Error(ready)
  await each(lab, (host) =>
    sh(
      `docker save ${tagOf(registry)} | ${ssh(lab, host)} 'sudo docker load -q; sudo docker tag ${tagOf(registry)} lab-registry'`,
    ),
  )
  const text = report(await measure(lab))
  mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
  writeFileSync(join(import.meta.dirname, 'results/transfer.md'), text)
  say(text)
} finally {
  for (const version of ['first', 'second']) await docker(['rmi', tag(version)]).catch(() => undefined)
  if (!process.argv.includes('--keep')) await down(name)
}
