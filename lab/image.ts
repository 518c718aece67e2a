import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { docker, tryDocker } from './engine.ts'

/** The folder with the sources of all images. */
export const sources = join(import.meta.dirname, 'images')

/**
 * An image of the lab: what it is built from, and how. Its tag is a digest of all that goes into it, so that any change
 * leads to a new build.
 */
export interface Image {
  name: string
  /** The images that must exist before this one is built. */
  parents: readonly Image[]
  /** All file contents and parameters that go into the image. */
  key: readonly string[]
  /** Builds the image. `context` is an empty folder that is removed afterwards. */
  build(tag: string, context: string): Promise<void>
}

/** The name and tag of an image. */
export function tagOf(image: Image): string {
  const hash = createHash('sha256')
  for (const parent of image.parents) hash.update(tagOf(parent))
  for (const part of image.key) hash.update(part)
  return `cutover-lab/${image.name}:${hash.digest('hex').slice(0, 12)}`
}

/** The files below a folder of `images/`, each as its path, a NUL, and its content. */
export const filesOf = (folder: string): string[] =>
  readdirSync(join(sources, folder), { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => join(folder, path))
    .filter((path) => statSync(join(sources, path)).isFile())
    .map((path) => `${path}\0${readFileSync(join(sources, path), 'utf8')}`)

interface BuildOptions {
  tag: string
  context: string
  /** Default: Dockerfile. */
  file?: string
  /** The values of the Dockerfile's ARGs. */
  args?: Record<string, string>
}

/** Builds a Dockerfile of a context, with this machine's network. */
export const buildImage = ({ tag, context, file = 'Dockerfile', args = {} }: BuildOptions): Promise<string> =>
  docker([
    ...['build', '-q', '--network', 'host', '-t', tag, '-f', join(context, file)],
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    context,
  ])

interface DockerfileOptions {
  name: string
  parents: readonly Image[]
  args: Record<string, string>
  /** The folder of `images/`; by default the one that has the image's name. */
  folder?: string
  file?: string
  /** Makes the Dockerfile of this image from the one in the folder. */
  edit?(text: string): string
}

/** An image that a Dockerfile in a folder of `images/` makes from other images. */
export function dockerfile(options: DockerfileOptions): Image {
  const { name, parents, args, folder = name, file = 'Dockerfile', edit } = options
  const text = readFileSync(join(sources, folder, file), 'utf8')
  return {
    name,
    parents,
    key: [...(file === 'Dockerfile' ? filesOf(folder) : [text]), JSON.stringify(args), ...(edit ? [edit(text)] : [])],
    build: async (tag, context) => {
      cpSync(join(sources, folder), context, { recursive: true })
      if (edit) writeFileSync(join(context, file), edit(text))
      await buildImage({ tag, context, file, args })
    },
  }
}

/** The builds that this process has begun, by tag. */
const builds = new Map<string, Promise<void>>()

/** Builds an image that does not exist yet, after those that it needs. Independent images are built in parallel. */
export function ensureImage(image: Image, say: (line: string) => void): Promise<void> {
  const tag = tagOf(image)
  const begun = builds.get(tag)
  if (begun) return begun
  const build = (async () => {
    if ((await tryDocker(['image', 'inspect', tag])).code === 0) return
    await Promise.all(image.parents.map((parent) => ensureImage(parent, say)))
    const context = mkdtempSync(join(tmpdir(), 'cutover-lab-'))
    const since = Date.now()
    try {
      await image.build(tag, context)
    } finally {
      rmSync(context, { recursive: true, force: true })
    }
    say(`built ${tag} in ${((Date.now() - since) / 1000).toFixed(1)} s`)
  })()
  builds.set(tag, build)
  return build
}
