/**
 * Configures sshd on one server after the other, and reloads it only where its configuration changed:
 * `npx tsx examples/rolling-restart.ts --check --diff`. Log in with a key before you run it: it turns logins by
 * password off.
 */
import { playbook, runIfMain, until } from 'cutover'
import { file, reload, settings, topLevel } from 'cutover/tasks'

const configuration = ['# Managed by a playbook.', 'PasswordAuthentication no', 'X11Forwarding no', ''].join('\n')

const rollingRestart = playbook(
  'Rolling restart',
  { settings, topLevelKeys: topLevel, help: 'Configures sshd, one server after the other.' },
  async (play) => {
    // The first server is a canary. If a server fails, the ones after it are left as they are.
    await play.on(play.hosts(), { serial: [1, '25%'] }, async ({ run, flush }) => {
      // The handler runs once on a host, if the file has changed. A mistake in it must not lock you out: sshd tests it.
      await run(
        file('/etc/ssh/sshd_config.d/10-cutover.conf', configuration, {
          validate: ['sshd', '-t', '-f', '%s'],
          notify: [reload('ssh')],
        }),
      )
      // The handler runs now, so that what follows sees its effect.
      await flush()
      await run(
        until('sshd runs', async (host) => {
          const { stdout } = await host.$({ nothrow: true })`systemctl is-active ssh`
          return stdout.trim() === 'active' ? null : `it is ${stdout.trim()}`
        }),
      )
    })
  },
)
export default rollingRestart
await runIfMain(import.meta, rollingRestart)
