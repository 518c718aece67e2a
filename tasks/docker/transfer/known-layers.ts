import type { HostView } from '../../../runner/index.ts'

/**
 * How many of an image's lowest layers a host has already. Docker knows a layer only together with those below it, so an
 * image of the host has it if its own layers begin in the same way.
 * @param diffIds the digests of the image's layers, the lowest first
 */
export async function knownLayers(host: HostView, diffIds: readonly string[]): Promise<number> {
  const { stdout } = await host.quiet`
    case $(docker info --format '{{json .DriverStatus}}') in *containerd.snapshotter*) exit;; esac
    docker image ls --all --quiet --no-trunc | sort -u | xargs -r docker image inspect --format '{{json .RootFS.Layers}}'`
  return mostShared(
    diffIds,
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as string[] | null) ?? []),
  )
}

/** How many layers at the beginning a list has in common with the best of others. */
export const mostShared = (layers: readonly string[], images: readonly (readonly string[])[]): number =>
  Math.max(0, ...images.map((image) => shared(layers, image)))

function shared(one: readonly string[], other: readonly string[]): number {
  const first = one.findIndex((layer, index) => layer !== other[index])
  return first < 0 ? one.length : first
}
