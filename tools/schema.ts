/** Writes the JSON Schema of inventories, which inventory.example.yaml names: `npm run schema`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { schemaText } from '../tasks/app/index.ts'

writeFileSync(join(import.meta.dirname, '../schema/inventory.schema.json'), schemaText())
