import { zod } from './packages.ts'

/** zod's builder, for inventories and settings. Its types are in `zod` itself. */
export const { z } = zod()
