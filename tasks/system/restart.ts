import { action, type ActionOptions, type Task } from '../../runner/index.ts'
import { systemctl } from './systemctl.ts'
import { unitName } from './unit-name.ts'

/**
 * A unit of systemd is restarted, or started if it does not run. It is something to do and not a state, so it is mostly
 * a handler: done once on a host, after all tasks that notify it. If it fails, the error shows what the unit logged.
 *
 * @example
 * file('/etc/nginx/conf.d/shop.conf', 'server_tokens off;\n', { notify: [restart('nginx')] })
 */
export function restart(name: string, options: ActionOptions = {}): Task {
  const unit = unitName(name)
  return action(`restart ${name}`, (host) => systemctl(host, 'restart', unit), options)
}

/**
 * A unit of systemd reads its configuration again, without an interruption. Like `restart`, it is mostly a handler. A
 * unit that does not run, or cannot reload, is an error.
 *
 * @example
 * file('/etc/ssh/sshd_config.d/10-x11.conf', 'X11Forwarding no\n', { notify: [reload('ssh')] })
 */
export function reload(name: string, options: ActionOptions = {}): Task {
  const unit = unitName(name)
  return action(`reload ${name}`, (host) => systemctl(host, 'reload', unit), options)
}
