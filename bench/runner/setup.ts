/** The benchmark's setup in Cutover: the same twelve tasks as the other tools' setups in this folder. */
import { join } from 'node:path'
import { playbook, renderText, runIfMain } from '../../runner/index.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'
import { network } from '../../tasks/docker/network.ts'
import { packages } from '../../tasks/system/packages.ts'
import { rootFolder } from '../../tasks/system/root-file.ts'
import { file } from '../../tasks/system/file.ts'
import { platform } from './platform.ts'
import { unit } from '../../tasks/system/unit.ts'
import { ufw } from '../../tasks/system/ufw/index.ts'
import { groupMember } from '../../tasks/system/group.ts'

const template = (name: string): string => join(import.meta.dirname, name)

const setup = playbook('Benchmark', { settings, topLevelKeys: topLevel, help: 'Twelve tasks.' }, async (play) => {
  const cron = renderText(template('cron.j2'), { app: 'bench' })
  await play.on(play.hosts(), async ({ run, host }) => {
    await run(
      platform(),
      packages({ present: ['cron', 'curl', 'logrotate'] }),
      rootFolder('/opt/bench'),
      rootFolder('/opt/bench/data', { mode: '750' }),
      file('/opt/bench/app.env', renderText(template('app.env.j2'), { server: host.name, stage: 'production' })),
      file('/etc/logrotate.d/bench', renderText(template('logrotate.j2'), { app: 'bench' })),
      groupMember('deploy', 'adm'),
      network('bench'),
      ufw({ owner: 'cutover', allow: ['8443/tcp'] }),
      file('/etc/cron.d/bench', cron),
      unit('cron', { running: true, enabled: true }),
      unit('ssh', { running: true, enabled: true }),
    )
  })
})
export default setup
await runIfMain(import.meta, setup)
