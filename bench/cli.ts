/** `npm run bench -- NAME`: runs a benchmark of this folder, or writes the report of earlier results again. */
import { countJobs, jobsTable } from './jobs.ts'
import { startLine, writeReport } from './report.ts'
import { measureStarts } from './start.ts'

const [name = '', argument] = process.argv.slice(2)
process.argv.splice(2, 1)
if (name === 'runner') await import('./runner.ts')
else if (name === 'tree') await import('./tree.ts')
else if (name === 'transfer') await import('./transfer.ts')
else if (name === 'release') await import('./release/release.ts')
else if (name === 'start') console.log(`${startLine(await measureStarts())} Node ${process.version}.`)
else if (name === 'house') (await import('./house.ts')).measureHouse(argument ?? process.cwd())
else if (name === 'mutants') console.log((await import('./mutants.ts')).survivors(argument))
else if (name === 'jobs') console.log(jobsTable(countJobs()))
else if (name === 'report') console.log(await writeReport(argument ?? 'runner'))
else {
  console.error(
    'Which benchmark? runner (--help), tree, transfer, release [ROUNDS], start, house [ROOT], mutants [REPORT], jobs, or report NAME',
  )
  process.exit(2)
}
