/** Prepares a host for the benchmark: Docker, ufw, and the packages that the setups of all tools need. */
import { playbook, runIfMain } from '../../runner/index.ts'
import { settings, topLevel } from '../../tasks/app/settings.ts'
import { dockerEngine } from '../../tasks/docker/engine/engine.ts'
import { packages } from '../../tasks/system/packages.ts'
import { platform } from './platform.ts'
import { unit } from '../../tasks/system/unit.ts'
import { ufw } from '../../tasks/system/ufw/index.ts'

const prepare = playbook(
  'Prepare the benchmark',
  { settings, topLevelKeys: topLevel, help: 'Docker and ufw.' },
  async (play) => {
    await play.on(
      play.hosts(),
      async ({ run }) =>
        void (await run(
          platform(),
          packages({ present: ['python3', 'python3-apt', 'ufw', 'cron', 'curl', 'logrotate'] }),
          dockerEngine({ source: 'distribution' }),
          unit('docker', { running: true, enabled: true }),
          ufw({ owner: 'cutover' }),
        )),
    )
  },
)
export default prepare
await runIfMain(import.meta, prepare)
