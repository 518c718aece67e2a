import { zod } from './packages.ts'

/** zod's schema builder, for inventories and settings. Its types come from `zod` itself. */
export const { z } = zod()
