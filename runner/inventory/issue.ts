import type { z as Z } from 'zod'
import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { keysAt } from './schema-keys.ts'
import type { Route } from './source.ts'

/** A value that a schema refuses, as zod describes it. */
export type Issue = Z.core.$ZodIssue

/** Where the refused values come from. */
export interface IssueContext {
  schema: Z.ZodType
  /** What to do about an unknown key of the outermost map. Default: the nearest key of the schema. */
  hintOf?(key: string): string | undefined
  /** Keys that lead to the values in their source. */
  prefix?: Route
  where(route: Route): string
}

const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

/** The error for an issue: its place, its key and what is expected, or the nearest name for a key that is unknown. */
export function issueError(issue: Issue, context: IssueContext): UsageError {
  const route = [...(context.prefix ?? []), ...(issue.path as Route)]
  const place = context.where(route)
  const key = route.join('.')
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeyError(issue, route, context)
    case 'invalid_key':
      return new UsageError(
        `${place}: '${String(route.at(-1))}' is not a valid name` +
          `${route.length > 1 ? ` in ${route.slice(0, -1).join('.')}` : ''}: ${issue.issues[0]?.message ?? issue.message}`,
      )
    case 'invalid_type':
      return invalidTypeError(issue, place, key)
    case 'invalid_union': {
      const deeper = tellingIssue(issue)
      if (deeper) return issueError(deeper, { ...context, prefix: route })
      if (issue.message === 'Invalid input')
        return labelled(place, key, issue.errors.flat()[0]?.message ?? issue.message)
      break
    }
    default:
  }
  return labelled(place, key, issue.message)
}

const labelled = (place: string, key: string, message: string): UsageError =>
  new UsageError(`${place}: ${key || 'inventory'}: ${message}`)

function unknownKeyError(
  { keys: [unknown = ''], path }: Z.core.$ZodIssueUnrecognizedKeys,
  route: Route,
  { schema, hintOf, where }: IssueContext,
): UsageError {
  const parent = route.length > 0 ? ` in ${route.join('.')}` : ''
  return new UsageError(`${where([...route, unknown])}: unknown key '${unknown}'${parent}`, {
    hint: path.length === 0 && hintOf ? hintOf(unknown) : nearest(unknown, keysAt(schema, path as Route)),
  })
}

function invalidTypeError({ message, expected }: Z.core.$ZodIssueInvalidType, place: string, key: string): UsageError {
  if (message.endsWith('received undefined')) return new UsageError(`${place}: ${key} is missing`)
  if (message.endsWith('received null'))
    return new UsageError(`${place}: ${key} has no value`, { hint: "Give it a value; '' is an empty text." })
  if (!message.startsWith('Invalid input')) return labelled(place, key, message)
  const received = /received (\w+)$/.exec(message)?.[1] ?? ''
  const hint =
    expected === 'string' && typeNames[received]
      ? 'Put quotes around a text that begins with a bracket or contains a colon and a space.'
      : undefined
  return new UsageError(
    `${place}: ${key || 'inventory'}: ` +
      `expected ${typeNames[expected] ?? expected}, not ${typeNames[received] ?? received}`,
    { hint },
  )
}

/** Of a union's branches, the issue that lies inside the value and explains more than that no branch fits. */
const tellingIssue = (issue: Z.core.$ZodIssueInvalidUnion): Issue | undefined =>
  issue.errors
    .flat()
    .find(({ path, code }) => path.length > 0 && ['custom', 'invalid_format', 'invalid_union'].includes(code))
