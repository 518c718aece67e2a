import { UsageError } from '../errors.ts'
import type { Meanwhile } from './meanwhile.ts'
import { type Serial, type Share, verifyShare } from './batch.ts'

/** How a play runs on its hosts. */
export interface OnOptions {
  /**
   * How many hosts, or which share of them, make a batch; one batch runs after the other. A list such as [1, 5, '25%']
   * gives each batch its own size. Default: one batch of all hosts.
   */
  serial?: Serial
  /** How many hosts, or which share of a batch, may fail before the remaining batches are skipped. Default 0. */
  maxFail?: Share
  /** How many hosts work at the same time. Default: `--forks`. */
  forks?: number
  /** The first host that fails stops the others at their next task. */
  anyErrorsFatal?: boolean
  /** Work that begins on the hosts of later batches while an earlier one works. It may not change what anybody uses. */
  meanwhile?: Meanwhile
  /** Hosts that failed do not stop the other hosts, neither at a barrier nor in a later batch. */
  keepGoing?: boolean
}

/** @throws UsageError for a number that the types allow but that makes no sense */
export function verifyOnOptions({ maxFail = 0, forks }: OnOptions & { forks: number }): void {
  verifyShare('maxFail', maxFail, 0)
  if (!Number.isInteger(forks) || forks < 1) throw new UsageError(`forks is a whole number of 1 or more, not ${forks}`)
}
