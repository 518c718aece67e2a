import { UsageError } from '../errors.ts'

/** A number of hosts, or a share of them: 5, '25%'. */
export type Share = number | `${number}%`

/** How many hosts at a time: one number or share, or a growing list, whose last goes on to the end. */
export type Serial = Share | readonly Share[]

/** So many hosts of `total`, rounded down; of a share at least one. */
export const countOf = (share: Share, total: number): number =>
  typeof share === 'number' ? share : Math.max(1, Math.floor((Number.parseFloat(share) / 100) * total))

/** @param least a number's; of a share more than that. @throws UsageError for what its type lets through: NaN, half a host, 120 % */
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

/** Cuts hosts into batches. @throws UsageError for a batch of none */
export function batches<T>(hosts: readonly T[], serial: Serial | undefined): T[][] {
  const shares = serial === undefined ? [Math.max(1, hosts.length)] : [serial].flat()
  if (shares.length === 0) throw new UsageError('serial is an empty list')
  for (const share of shares) verifyShare('serial', share, 1)
  const sizes = shares.map((share) => countOf(share, hosts.length))
  const cut: T[][] = []
  for (let at = 0; at < hosts.length; at += cut.at(-1)!.length)
    cut.push(hosts.slice(at, at + sizes[Math.min(cut.length, sizes.length - 1)]!))
  return cut
}

/** Whether more failed than may: a number counts all hosts so far, a share those of one batch. */
export function exceedsMaxFail(maxFail: Share, failed: { soFar: number; inBatch: number; batch: number }): boolean {
  return typeof maxFail === 'number'
    ? failed.soFar > maxFail
    : (failed.inBatch / failed.batch) * 100 > Number.parseFloat(maxFail)
}

/** 5 or 25%. @throws UsageError */
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

/** 1,5,25%: a growing list. @throws UsageError */
export const parseSerial = (option: string, text: string): Serial =>
  text.split(',').map((part) => parseShare(option, part))
