import { inventorySchema } from '../../runner/index.ts'
import { settings, topLevel } from './settings.ts'

/** What an inventory may hold, as JSON Schema: editors complete and check it. `npm run schema` writes it to a file. */
export const schemaText = (): string => `${JSON.stringify(inventorySchema(settings, topLevel), null, 2)}\n`
