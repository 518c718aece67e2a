/** The benchmark's setup in Cutover: the same twelve tasks as the others' in this folder. */
import { join } from 'node:path'
import { playbook, renderText, runIfMain } from '../../runner/index.ts'
import { apt } from '../../tasks/apt.ts'
import { directories } from '../../tasks/directories.ts'
import { file } from '../../tasks/file.ts'
import { network } from '../../tasks/network.ts'
import { platform } from '../../tasks/platform.ts'
import { service } from '../../tasks/service.ts'
import { settings, topLevel } from '../../tasks/settings.ts'
import { ufw } from '../../tasks/ufw/index.ts'
import { inGroup } from '../../tasks/user.ts'

const template = (name: string): string => join(import.meta.dirname, name)

const setup = playbook('Benchmark', { settings, extra: topLevel, help: 'Twelve tasks.' }, async (play) => {
  const cron = renderText(template('cron.j2'), { app: 'bench' })
  await play.on('all', async ({ run, host }) => {
    await run(
      platform(),
      apt(['cron', 'curl', 'logrotate']),
      directories([{ path: '/opt/bench' }]),
      directories([{ path: '/opt/bench/data', mode: '750' }]),
      file('/opt/bench/app.env', renderText(template('app.env.j2'), { server: host.name, stage: 'production' })),
      file('/etc/logrotate.d/bench', renderText(template('logrotate.j2'), { app: 'bench' })),
      inGroup('deploy', 'adm'),
      network('bench'),
      ufw({ allow: ['8443/tcp'] }),
      file('/etc/cron.d/bench', cron),
      service('cron'),
      service('ssh'),
    )
  })
})
export default setup
await runIfMain(import.meta, setup)
