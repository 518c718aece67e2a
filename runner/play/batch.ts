import { UsageError } from '../errors.ts'

/** A number of hosts, or a share of them: 5, '25%'. */
export type Share = number | `${number}%`

/** The size of a batch of hosts, or the sizes of the first batches: the last size is used for all further ones. */
export type Serial = Share | readonly Share[]

/** The number of hosts that a share of `total` is: rounded down, but at least one. A number stands for itself. */
const countOf = (share: Share, total: number): number =>
  typeof share === 'number' ? share : Math.max(1, Math.floor((Number.parseFloat(share) / 100) * total))

/**
 * Refuses what the type allows: NaN, half a host, 120 %.
 * @param least the smallest number that is allowed; if it is more than 0, a share must be more than 0 %
 * @throws UsageError
 */
export function verifyShare(option: string, share: Share, least: number): void {
  const number = Number.parseFloat(String(share))
  if (
    typeof share === 'number'
      ? Number.isInteger(number) && number >= least
      : number >= 0 && number <= 100 && (least === 0 || number > 0)
  )
    return
  throw new UsageError(`${option} is a number of hosts, ${least} or more, or a share such as 25%, not ${String(share)}`)
}

/** Cuts hosts into batches. @throws UsageError for sizes that make no sense */
export function batches<T>(hosts: readonly T[], serial: Serial | undefined): T[][] {
  const shares = serial === undefined ? [Math.max(1, hosts.length)] : [serial].flat()
  if (shares.length === 0) throw new UsageError('serial is an empty list')
  for (const share of shares) verifyShare('serial', share, 1)
  const sizes = shares.map((share) => countOf(share, hosts.length))
  const lastSize = sizes.at(-1) ?? 1
  const found: T[][] = []
  for (let start = 0; start < hosts.length;) {
    const end = start + (sizes[found.length] ?? lastSize)
    found.push(hosts.slice(start, end))
    start = end
  }
  return found
}

/** Whether more hosts failed than may fail: a number counts those of all batches so far, a share those of one batch. */
export function exceedsMaxFail(maxFail: Share, failed: { soFar: number; inBatch: number; batch: number }): boolean {
  return typeof maxFail === 'number'
    ? failed.soFar > maxFail
    : (failed.inBatch / failed.batch) * 100 > Number.parseFloat(maxFail)
}

/** Reads `5` or `25%` from a command line. @throws UsageError */
export function parseShare(option: string, text: string, least = 1): Share {
  const wrong = new UsageError(`--${option} takes a number or a share, not '${text}'`, {
    hint: `For example: --${option} 5, --${option} 25%.`,
  })
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim())
  if (!match) throw wrong
  const number = Number(match[1])
  if (match[2] ? number > 100 || (least > 0 && number === 0) : !Number.isInteger(number) || number < least) throw wrong
  return match[2] ? `${number}%` : number
}

/** Reads a list of batch sizes, such as `1,5,25%`, from a command line. @throws UsageError */
export const parseSerial = (option: string, text: string): Serial =>
  text.split(',').map((part) => parseShare(option, part))
