import { type StepAnswer, TaskFilter } from '../play/index.ts'
import type { Values } from './options.ts'

/** The values of an option that takes a list, separated by commas or given several times. */
const listOf = (values: readonly string[]): string[] =>
  values.flatMap((value) => value.split(',').map((word) => word.trim())).filter(Boolean)

/** The tasks that a command line chooses. @param ask asks a person before each task */
export const taskFilter = (values: Values, ask?: (task: string) => Promise<StepAnswer>): TaskFilter =>
  new TaskFilter({
    tags: listOf(values.tags),
    skipTags: listOf(values['skip-tags']),
    startAt: values['start-at'],
    ask,
  })
