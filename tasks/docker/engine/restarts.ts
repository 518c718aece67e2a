import { readFileSync } from 'node:fs'
import { type Change, type Task, task } from '../../../runner/index.ts'
import { paths } from '../../paths.ts'
import { rootFile, rootFolder } from '../../system/index.ts'
import { templatePath } from '../../templates.ts'

const folder = '/etc/systemd/system/docker.service.d'
const guard = `${paths.program}/docker-guard.sh`

/**
 * It adds to the unit of the package, which stays as it is. `-`: dockerd starts even if the guard is missing or fails.
 */
const dropIn = `# Written by Cutover: nobody is refused while dockerd starts, and it comes back soon. The guard says how.
# Of itself, systemd gives dockerd up, until a person comes, once it has died three times in a minute.
[Unit]
StartLimitIntervalSec=60
StartLimitBurst=20
[Service]
RestartSec=500ms
ExecStartPre=-${guard} on
ExecStartPost=-${guard} off
ExecStopPost=-${guard} failed
`

/** While dockerd restarts, its clients wait and are not refused. dockerd is not restarted to make it so. */
export const dockerRestarts = (): Task[] => [
  rootFolder(paths.program),
  rootFolder(folder),
  rootFile(guard, readFileSync(templatePath('host/docker-guard.sh'), 'utf8'), { mode: '755' }),
  rootFile(`${folder}/cutover.conf`, dropIn),
  reread,
]

/** systemd has read the files of the unit as they are now. */
const reread: Task = task<Change>({
  name: 'systemd: docker.service as its files are',
  check: async (host) => {
    const { stdout } = await host.$({ nothrow: true })`systemctl show docker.service -p NeedDaemonReload -p DropInPaths`
    return /^NeedDaemonReload=no$/m.test(stdout) && stdout.includes(`${folder}/cutover.conf`)
      ? null
      : { summary: 'daemon-reload' }
  },
  apply: async (host) => {
    await host.$`systemctl daemon-reload`
  },
})
