/** The lab's app, shop, and its releases. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { inPython, node, python } from './base-images.ts'
import { docker } from './engine.ts'
import { buildImage, dockerfile, filesOf, type Image, sources, tagOf } from './image.ts'

const paxxVersion = '0.2.3'

/** The releases that work, oldest first. */
const goodReleases = ['v1.0.0', 'v1.1.0', 'v1.2.0']

/** The broken releases. A release's tag is the value of FAULT, which tells the app how to fail. */
const brokenReleases = ['never-healthy', 'crash', 'sours', 'errors', 'slow-start', 'laggard']

/** The app's files, without the Dockerfiles of releases: a new kind of release does not build the app again. */
const appFiles = filesOf('app').filter((file) => !/^[^\0]*\.Dockerfile\0/.test(file))

const app: Image = {
  name: 'app',
  parents: [python],
  key: [...appFiles, paxxVersion],
  build: async (tag, context) => {
    cpSync(join(sources, 'app'), context, { recursive: true })
    await inPython(context, 'sh /out/build.sh', { PAXX_VERSION: paxxVersion })
    await buildImage({ tag, context, args: { PYTHON: tagOf(python) } })
  },
}

const release = (tag: string, fault: string): Image =>
  dockerfile({
    name: `shop-${tag}`,
    parents: [app],
    args: { APP: tagOf(app), APP_VERSION: tag, FAULT: fault },
    folder: 'app',
    file: 'release.Dockerfile',
  })

/** A release of the app with a Dockerfile of its own. */
const special = (name: string): Image =>
  dockerfile({
    name: `shop-${name}`,
    parents: [app],
    args: { APP: tagOf(app) },
    folder: 'app',
    file: `${name}.Dockerfile`,
  })

/** A release of an app that keeps uploads. The release `broken` ends at start. No lab's registry has it: see `push`. */
export const uploads = (version: string): Image =>
  dockerfile({
    name: `uploads-${version}`,
    parents: [app],
    args: { APP: tagOf(app), APP_VERSION: version },
    folder: 'uploads',
  })

/**
 * A release of an app that starts at once and has every kind of request: uploads, events, websockets, slow ones. No
 * lab's registry has it: see `push`.
 */
export const steady = (version: string): Image =>
  dockerfile({
    name: `steady-${version}`,
    parents: [node],
    args: { NODE: tagOf(node), APP_VERSION: version },
    folder: 'steady',
  })

/** It ignores SIGTERM. */
const deaf = special('deaf')

/** It has a layer that no other release has, so that pulling it needs room on the disk. */
const bulky = special('bulky')

/** Small apps that the gate refuses, each for a reason of its own. */
const gate = dockerfile({ name: 'shop-gate', parents: [app], args: { APP: tagOf(app) }, folder: 'gate' })

/** A release for another architecture: its configuration says so, and that is what registries and Docker read. */
const wrongArchitecture: Image = {
  name: 'shop-wrong-architecture',
  parents: [],
  key: [...filesOf('foreign'), process.arch],
  build: async (tag) => {
    const platform = process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64'
    await docker(['build', '-q', '--platform', platform, '-t', tag, join(sources, 'foreign')])
  },
}

/** The tags of the repository `shop` in the lab's registry, and the image of each. */
export const releases: readonly (readonly [tag: string, image: Image])[] = [
  ...goodReleases.map((tag) => [tag, release(tag, '')] as const),
  ...brokenReleases.map((tag) => [tag, release(tag, tag)] as const),
  ['deaf', deaf],
  ['bulky', bulky],
  ['gate', gate],
  ['wrong-architecture', wrongArchitecture],
]
