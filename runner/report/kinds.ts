import type { Reporter } from '../events.ts'
import { type Output, outputs } from '../outputs.ts'
import type { ReporterOptions } from './options.ts'
import { plainReporter } from './plain.ts'

type CreateReporter = (options: ReporterOptions) => Promise<Reporter>

/** Every kind of report, by the name that --output and --report take. A kind is loaded when it is asked for. */
export const kinds = {
  tree: async (options) => (await import('./tree.ts')).treeReporter(options),
  plain: async (options) => plainReporter(options),
  json: async (options) => (await import('./json.ts')).jsonReporter(options),
  junit: async (options) => (await import('./junit.ts')).junitReporter(options),
  github: async (options) => (await import('./github.ts')).githubReporter(options),
  html: async (options) => (await import('./html.ts')).htmlReporter(options),
} satisfies Record<Output, CreateReporter>

export const isOutput = (name: string): name is Output => (outputs as readonly string[]).includes(name)
