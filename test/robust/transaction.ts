/** A transaction of five steps, each with its undo, under a lock: what the robust tests interrupt. */
import { playbook, runIfMain, type Task, task } from '../../runner/index.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'

const slow = process.env.ROBUST_SLOW

const file = (name: string): Task =>
  task({
    name,
    check: async (host) => ((await host.read(`/opt/steps/${name}`)) === null ? { summary: 'create' } : null),
    apply: async (host) =>
      void (await host.$`mkdir -p /opt/steps; touch ${`/opt/steps/${name}`}; sleep ${slow === name ? '30' : '0'}`),
    undo: async (host) => void (await host.$`rm -f ${`/opt/steps/${name}`}; echo ${name} >>/opt/undone`),
  })

export const steps = ['lock', 'two', 'three', 'four', 'five']

const play = playbook(
  'Transaction',
  { settings, topLevelKeys: topLevel, help: 'Five steps.' },
  async ({ on, hosts }) => {
    await on(hosts(), async ({ transaction }) => void (await transaction(...steps.map(file))))
  },
)
export default play
await runIfMain(import.meta, play)
