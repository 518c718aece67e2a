/** Measures how much CPU the tree needs at 100 hosts × 20 tasks: `npm run bench -- tree`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { painter } from '../runner/report/paint.ts'
import { treeReporter } from '../runner/report/tree.ts'

const [hosts, tasks, seconds, lines] = [
  Array.from({ length: 100 }, (_, index) => `web-${index + 1}.example.org`),
  20,
  20,
  3,
]
let written = 0
const tree = treeReporter({
  sink: (text) => void (written += text.length),
  paint: painter({ FORCE_COLOR: '1' }, true),
  verbose: false,
  diff: false,
  profile: false,
  columns: () => 160,
  rows: () => 50,
})
tree.on({ type: 'run-start', playbook: 'Set up', hosts, check: false, diff: false })
for (const host of hosts) tree.on({ type: 'host-start', host })
const [before, since] = [process.cpuUsage(), performance.now()]
// The most that can be drawn: every task prints lines and changes something, and the hosts are not in step.
await Promise.all(
  hosts.map(async (host, index) => {
    await sleep((index / hosts.length) * 500)
    for (let number = 0; number < tasks; number++) {
      const task = `task ${number}`
      tree.on({ type: 'task-start', host, task, phase: 'run' })
      for (let line = 0; line < lines; line++) {
        tree.on({ type: 'task-output', host, task, line: `line ${line} of a command that says what it does` })
        await sleep((seconds * 1000) / tasks / (lines + 1))
      }
      tree.on({ type: 'task-end', host, task, status: 'changed', ms: 1000, change: { summary: 'a → b' } })
    }
    tree.on({ type: 'host-end', host, status: 'done' })
  }),
)
const { user, system } = process.cpuUsage(before)
const share = (user + system) / 1000 / (performance.now() - since)
await tree.end()
const duration = ((performance.now() - since) / 1000).toFixed(0)
const text =
  `The tree at ${hosts.length} hosts × ${tasks} tasks, ${lines} lines of output each, over ${duration} s ` +
  `on a terminal of 160 × 50: ${(share * 100).toFixed(1)} % of a core, ${(written / 1e6).toFixed(1)} MB written. ` +
  `\`npm run bench -- tree\`, Node ${process.version}.\n`
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
writeFileSync(join(import.meta.dirname, 'results/tree.md'), text)
console.log(text)
process.exit()
