import { CommandError, CutoverError, type Host, quote, UnreachableError } from '../../../runner/index.ts'
import type { ImageArchive, PartialArchive } from './archive.ts'
import { knownLayers } from './known-layers.ts'

/** What a transfer took. */
export interface Sent {
  /** Layers that were sent, and all that the image has. */
  layers: { sent: number; all: number }
  /** Bytes that were sent now, those that an earlier attempt had sent, and those of the whole image. */
  bytes: { sent: number; before: number; all: number }
  seconds: number
}

/**
 * Brings an image to a host, over the connection that the host is reached by. Layers that the host has are not sent. What
 * arrives is kept in a file beside Docker, so that a transfer that was cut off goes on where it was.
 * @param folder a folder of the host for that file, which no other run uses at the same time
 * @throws CutoverError if Docker there does not take it; UnreachableError
 */
export async function sendImage(host: Host, image: ImageArchive, folder: string): Promise<Sent> {
  const since = performance.now()
  const known = await knownLayers(host, image.diffIds)
  const whole = image.without(0)
  const part = known === 0 ? whole : image.without(known)
  const before = await load(host, part, folder)
  return {
    layers: { sent: image.diffIds.length - known, all: image.diffIds.length },
    bytes: { sent: part.size - before, before, all: whole.size },
    seconds: (performance.now() - since) / 1000,
  }
}

/** @returns how many bytes were there already */
async function load(host: Host, part: PartialArchive, folder: string): Promise<number> {
  const file = `${folder}/${part.key}.tar`
  const there = await prepare(host, folder, file)
  const done = there <= part.size ? there : 0
  try {
    await host.feed(receiving(file, done), part.from(done), { name: 'docker load', size: part.size, done })
  } catch (error) {
    if (error instanceof UnreachableError || !(error instanceof CommandError)) throw error
    // Docker has read what it did not understand: the next attempt must not begin with the same.
    await host.$`rm -f -- ${file}`
    if (done > 0) return load(host, part, folder)
    throw explained(error)
  }
  await host.$`rm -f -- ${file} ${`${file}.pid`}`
  return done
}

/**
 * Ends what still receives for a connection that is gone, and removes what nobody has continued for a day.
 * @returns how many bytes of the file are there
 */
async function prepare(host: Host, folder: string, file: string): Promise<number> {
  const { stdout } = await host.$`install -d -m 700 -- ${folder}; find ${folder} -type f -mtime +0 -delete
    if read -r pid 2>/dev/null <${`${file}.pid`} && read -r program 2>/dev/null <"/proc/$pid/comm" && [ "$program" = tee ]
    then kill -9 "$pid"; fi
    stat -c %s -- ${file} 2>/dev/null || echo 0`
  return Number(stdout.trim())
}

/** Docker reads what the file has, and then what comes in, which is added to the file. */
const receiving = (file: string, done: number): string => `file=${quote(file)}
${done === 0 ? ': >"$file"' : `[ "$(stat -c %s -- "$file")" = ${done} ]`}
{ ${done === 0 ? '' : 'cat -- "$file"; '}sh -c 'echo $$ >"$0.pid"; exec tee -a -- "$0"' "$file"; } | docker load --quiet`

/** Why a host's Docker did not take an image. */
function explained(error: CommandError): CutoverError {
  const isFull = /no space left on device/i.test(error.output)
  return new CutoverError(isFull ? 'the disk is full' : 'Docker on the host did not take the image', {
    cause: error,
    hint: isFull
      ? 'Make room on the host: docker system df; docker image prune. The running release is untouched.'
      : 'The running release is untouched.',
  })
}
