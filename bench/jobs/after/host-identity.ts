import type { Task } from '../../../runner/index.ts'
import { hostname, locale, timezone } from '../../../tasks/authors.ts'

/** The host's name, time zone and language. */
export const job = (): Task[] => [hostname('web-7'), timezone('Europe/Berlin'), locale('de_DE.UTF-8')]
