import { inventorySchema } from '../../runner/index.ts'
import { settings, topLevel } from './settings.ts'

/** The JSON Schema of an inventory, with which editors complete and check it. `npm run schema` writes it to a file. */
export const schemaText = (): string => `${JSON.stringify(inventorySchema(settings, topLevel), null, 2)}\n`
