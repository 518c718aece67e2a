import { UsageError } from '../../errors.ts'
import type { Findings } from './file.ts'

/** The first word of a keyword's value; undefined if the keyword is not set. */
export const firstWord = ({ first }: Findings, keyword: string): string | undefined => first.get(keyword)?.words[0]

/** A keyword's value as a number. @throws UsageError if it is not one */
export function number(found: Findings, keyword: string): number | undefined {
  const word = firstWord(found, keyword)
  if (word === undefined) return undefined
  if (/^\d+$/.test(word)) return Number(word)
  const { file, line } = found.first.get(keyword) ?? { file: '', line: 0 }
  throw new UsageError(`${file}:${line}: '${word}' is not a valid number for ${keyword}`)
}

/** A keyword's value as yes or no. */
export function flag(found: Findings, keyword: string): boolean | undefined {
  const word = firstWord(found, keyword)
  return word === undefined ? undefined : !/^(no|false)$/i.test(word)
}

/** Seconds per unit, as in sshd_config(5), TIME FORMATS. */
const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A keyword's value as a time (`90`, `1m30s`) in ms. Undefined for `none`, and for what is not a time. */
export function duration(found: Findings, keyword: string): number | undefined {
  const text = firstWord(found, keyword)?.toLowerCase()
  if (text === undefined || !/^(?=.)(?:\d+[smhdw])*\d*$/.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([smhdw]?)/g)]
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 1), 0) * 1000
}
