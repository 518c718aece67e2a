/**
 * Configures sshd on one server after the other, and reloads it only where its configuration changed:
 * `npx tsx examples/rolling-restart.ts --check --diff`. Log in with a key before you run it: it turns logins by
 * password off.
 */
import { action, playbook, runIfMain, until } from 'cutover'
import { file, settings, topLevel } from 'cutover/tasks'

/** A handler: it runs once on a host, after a task that notifies it has changed something there. */
const reloadSsh = action('reload sshd', async (host) => {
  // sshd tests its configuration first: a mistake in it must not lock you out.
  await host.$`sshd -t && systemctl reload ssh`
})

const configuration = ['# Managed by a playbook.', 'PasswordAuthentication no', 'X11Forwarding no', ''].join('\n')

const rollingRestart = playbook(
  'Rolling restart',
  { settings, topLevelKeys: topLevel, help: 'Configures sshd, one server after the other.' },
  async (play) => {
    // The first server is a canary. If a server fails, the ones after it are left as they are.
    await play.on(play.hosts(), { serial: [1, '25%'] }, async ({ run, flush }) => {
      await run(file('/etc/ssh/sshd_config.d/10-cutover.conf', configuration, { notify: [reloadSsh] }))
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
