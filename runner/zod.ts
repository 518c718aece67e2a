import type { z as Z } from 'zod'
import { zod } from './packages.ts'

/** zod, loaded like the other packages. */
export const z: typeof Z = zod().z
