import type { z as Z } from 'zod'
import { CutoverError, z } from '../../runner/index.ts'
import { parseFrom, parseLists, parsePort, verifyComment, verifyInterface } from '../system/index.ts'
import { openPort } from './names.ts'

/** Refuses what a task would refuse, in its words: before the first connection, and with file and line. */
export const taken =
  <T>(parse: (value: T) => unknown, path: string[] = []) =>
  (value: T, context: Z.RefinementCtx<T>): void => {
    try {
      parse(value)
    } catch (error) {
      if (!(error instanceof CutoverError)) throw error
      // What contains this value is not looked at any more.
      context.addIssue({ code: 'custom', message: `${error.message}. ${error.hint}`, path, continue: false })
    }
  }

const rule = z.strictObject({
  port: z
    .union([z.int().min(1).max(65_535), z.string()])
    .superRefine(taken(parsePort))
    .optional(),
  from: z.string().superRefine(taken(parseFrom)).optional(),
  interface: z.string().superRefine(taken(verifyInterface)).optional(),
  action: z.enum(['allow', 'limit', 'deny', 'reject']).default('allow'),
  comment: z.string().superRefine(taken(verifyComment)).optional(),
})

/** What the firewall of a host lets in. */
export const firewall = z
  .strictObject({
    enabled: z.boolean().default(true),
    /** Open to everybody. */
    allow: z.array(openPort).default([]),
    /** In their order, and before those of `allow`. */
    rules: z.array(rule).default([]),
  })
  .superRefine(taken(parseLists, ['rules']))
