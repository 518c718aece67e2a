import { createHash } from 'node:crypto'

/** A whole number from 0 to below `below`, always the same for a text: it spreads what many hosts do over a time. */
export const spread = (text: string, below: number): number =>
  createHash('sha256').update(text).digest().readUInt32BE(0) % below
