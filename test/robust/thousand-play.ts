/** Twelve looks at each host; at the end, how many descriptors this process had before, at most, and after. */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { playbook, runCli, type Task, task } from '../../runner/index.ts'
import { settings } from '../../tasks/app/settings.ts'

const descriptors = (): number => readdirSync('/proc/self/fd').length
const look = (index: number): Task =>
  task({
    name: `task ${index}`,
    check: async (host) =>
      (await host.$`echo ${String(index)}`).stdout.trim() === String(index) ? null : { summary: 'no echo' },
    apply: async () => undefined,
  })

const before = descriptors()
let most = before
const watching = setInterval(() => (most = Math.max(most, descriptors())), 50)
const play = playbook('A thousand', { settings, help: 'x' }, async ({ on, hosts }) => {
  await on(hosts(), async ({ run }) => void (await run(...Array.from({ length: 12 }, (_, index) => look(index)))))
})
process.exitCode = await runCli(play, { argv: process.argv.slice(2) })
clearInterval(watching)
await sleep(500)
console.log(JSON.stringify({ before, most, after: descriptors() }))
