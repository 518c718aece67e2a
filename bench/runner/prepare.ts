/** What the benchmark takes for granted on its hosts: Docker, ufw, and the packages of the setup's first runs downloaded. */
import { playbook, runIfMain } from '../../runner/index.ts'
import { apt } from '../../tasks/apt.ts'
import { dockerEngine } from '../../tasks/docker-engine.ts'
import { platform } from '../../tasks/platform.ts'
import { service } from '../../tasks/service.ts'
import { settings, topLevel } from '../../tasks/settings.ts'
import { ufw } from '../../tasks/ufw/index.ts'

const prepare = playbook(
  'Prepare the benchmark',
  { settings, extra: topLevel, help: 'Docker and ufw.' },
  async (play) => {
    await play.on(
      'all',
      async ({ run }) =>
        void (await run(
          platform(),
          apt(['python3', 'python3-apt', 'ufw', 'cron', 'curl', 'logrotate']),
          dockerEngine(),
          service('docker'),
          ufw({ allow: [] }),
        )),
    )
  },
)
export default prepare
await runIfMain(import.meta, prepare)
