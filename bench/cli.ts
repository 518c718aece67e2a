/** `npm run bench -- NAME`: runs a benchmark of this folder, or writes the report of earlier results again. */
import { join } from 'node:path'
import { measureHouse } from './house.ts'
import { startLine, writeReport } from './report.ts'
import { measureStarts } from './start.ts'

const [name = '', argument] = process.argv.slice(2)
process.argv.splice(2, 1)
if (name === 'runner') await import('./runner.ts')
else if (name === 'tree') await import('./tree.ts')
else if (name === 'start') console.log(`${startLine(await measureStarts())} Node ${process.version}.`)
else if (name === 'report') console.log(await writeReport(argument ?? 'runner'))
else if (name === 'house') measureHouse(argument ?? join(import.meta.dirname, '..'))
else {
  console.error('Which benchmark? runner (--help), tree, start, report NAME, or house [ROOT]')
  process.exit(2)
}
