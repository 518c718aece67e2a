import { execFile } from 'node:child_process'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CutoverError, message, UsageError } from '../../../runner/index.ts'
import { type ImageArchive, readArchive } from './archive.ts'

/** An image of the operator's Docker. */
export interface OperatorImage {
  /** The digest of its configuration, by which every Docker knows it: sha256:… */
  id: string
  /** linux/amd64 */
  platform: string
  /** Its content, which is read from Docker at the first call, once for all hosts. */
  archive(): Promise<ImageArchive>
  /** Removes what was read. */
  close(): Promise<void>
}

interface Inspected {
  Id: string
  Os: string
  Architecture: string
  Size: number
}

/** Runs the operator's docker. `LC_ALL` keeps its messages in English. */
async function docker(...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('docker', args, {
      maxBuffer: 1 << 26,
      env: { ...process.env, LC_ALL: 'C' },
    })
    return stdout
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UsageError('there is no docker on this machine, which --from-docker takes images from', {
        cause,
        hint: 'Install it, or name a release that the registry has: --tag TAG.',
      })
    const { stderr = message(cause) } = cause as { stderr?: string }
    throw new CutoverError(stderr.trim().replace(/^Error( response from daemon)?: /, ''), { cause })
  }
}

/**
 * Looks for an image in the operator's Docker, which DOCKER_HOST and docker's context choose as ever.
 * @throws UsageError if there is none of that name; CutoverError if Docker does not answer
 */
export async function operatorImage(reference: string): Promise<OperatorImage> {
  const { Id, Os, Architecture, Size } = await inspect(reference)
  let folder: Promise<string> | undefined
  let reading: Promise<ImageArchive> | undefined
  const archive = (): Promise<ImageArchive> =>
    (reading ??= (folder = mkdtemp(join(tmpdir(), 'cutover-image-'))).then((path) => save(Id, path, Size)))
  const close = async (): Promise<void> => {
    await reading?.catch(() => undefined)
    if (folder) await rm(await folder, { recursive: true, force: true })
  }
  // Docker with containerd's image store names an image by its manifest, and only the archive has its configuration.
  const stores = await docker('info', '--format', '{{json .DriverStatus}}')
  const id = stores.includes('containerd.snapshotter') ? (await archive()).id : Id
  return { id, platform: `${Os}/${Architecture}`, archive, close }
}

async function inspect(reference: string): Promise<Inspected> {
  try {
    return JSON.parse(await docker('image', 'inspect', '--format', '{{json .}}', reference)) as Inspected
  } catch (cause) {
    if (!/no such image/i.test(message(cause))) throw cause
    throw new UsageError(`Docker on this machine has no image ${reference}`, {
      cause,
      hint: 'See what it has: docker image ls. DOCKER_HOST and `docker context use` choose another Docker.',
    })
  }
}

/** @throws CutoverError if there is no room for the image */
async function save(id: string, folder: string, size: number): Promise<ImageArchive> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < size)
    throw new CutoverError(`${tmpdir()} has no room for the image: ${(size / 1e6).toFixed(0)} MB`, {
      hint: 'Name another folder for what is needed only meanwhile: TMPDIR=/path.',
    })
  const path = join(folder, 'image.tar')
  // By its id, so that no host gets the name that it has here.
  await docker('save', '--output', path, id)
  return readArchive(path)
}
