/** Twelve tasks of all kinds, with files, folders, groups, a handler and undo: what the robust tests cut off and interrupt. */
import { playbook, runIfMain, type Task, task } from '../../runner/index.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'
import { directory } from '../../tasks/system/directory.ts'
import { file } from '../../tasks/system/file.ts'
import { groupMember } from '../../tasks/system/group.ts'

/** The line that takes its time: an interruption meets it. */
const slow = process.env.ROBUST_SLOW

/** Appends a line once. */
const line = (number: number): Task =>
  task({
    name: `line ${number}`,
    check: async (host) =>
      (await host.read('/opt/robust/lines'))?.split('\n').includes(`line ${number}`) ? null : { summary: 'append' },
    apply: async (host) =>
      void (await host.$`sleep ${slow === `line ${number}` ? '30' : '0'}; echo ${`line ${number}`} >>/opt/robust/lines`),
  })

const restarted = task({
  name: 'restarted',
  check: async (host) =>
    (await host.read('/opt/robust/restarted')) === (await host.read('/opt/robust/config'))
      ? null
      : { summary: 'restart' },
  apply: async (host) => void (await host.$`cp /opt/robust/config /opt/robust/restarted`),
})

export const twelve = (): Task[] => [
  directory('/opt/robust'),
  directory('/opt/robust/data', { mode: '750', owner: 'deploy:deploy' }),
  file('/opt/robust/config', 'a = 1\nb = it’s $HOME\n', { notify: [restarted] }),
  file('/opt/robust/large', 'x'.repeat(200_000)),
  line(1),
  groupMember('guest', 'adm'),
  line(2),
  file('/etc/robust.conf', '# robust\n'),
  line(3),
  file('/opt/robust/data/owned', 'mine\n', { mode: '640', owner: 'deploy:deploy' }),
  line(4),
  line(5),
]

const play = playbook('Robust', { settings, topLevelKeys: topLevel, help: 'Twelve tasks.' }, async ({ on, hosts }) => {
  await on(hosts(), async ({ run }) => void (await run(...twelve())))
})
export default play
await runIfMain(import.meta, play)
