import type { Host } from '../../../runner/index.ts'
import type { OperatorImage } from './operator-image.ts'
import type { Sent } from './send-image.ts'

/** An image of the operator's Docker, which can be brought to hosts. */
export interface BroughtImage extends Pick<OperatorImage, 'id' | 'platform' | 'close'> {
  /** Brings it to a host, by way of a folder there. @throws CutoverError | UnreachableError */
  bringTo(host: Host, folder: string): Promise<Sent>
}

/** Few runs need this, so its parts are loaded here. @throws UsageError if the operator's Docker has no such image */
export async function imageFromDocker(reference: string): Promise<BroughtImage> {
  const [{ operatorImage }, { sendImage }] = await Promise.all([
    import('./operator-image.ts'),
    import('./send-image.ts'),
  ])
  const image = await operatorImage(reference)
  return { ...image, bringTo: async (host, folder) => sendImage(host, await image.archive(), folder) }
}

/** What a transfer took, for a person. */
export function sentNote({ layers, bytes, seconds }: Sent): string {
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`
  const resumed = bytes.before > 0 ? `, ${megabytes(bytes.before)} were there from an attempt that was cut off` : ''
  return (
    `${layers.sent} of ${layers.all} layers sent: ${megabytes(bytes.sent)} of ${megabytes(bytes.all)}${resumed}, ` +
    `in ${seconds.toFixed(1)} s (${(bytes.sent / 1e6 / seconds).toFixed(1)} MB/s)`
  )
}
