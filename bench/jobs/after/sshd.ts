import { action, type Task } from '../../../runner/index.ts'
import { absent, file, line } from '../../../tasks/authors.ts'

const hardening = `# Managed by a playbook.
PasswordAuthentication no
KbdInteractiveAuthentication no
X11Forwarding no
MaxAuthTries 3
AllowGroups sudo deploy
`

/** sshd takes keys only, and no root. A configuration that it does not take never lands. */
export function job(): Task[] {
  const reload = action('reload sshd', (host) => host.$`systemctl reload ssh`)
  const options = { validate: ['sshd', '-t', '-f', '%s'], notify: [reload] }
  return [
    absent('/etc/ssh/sshd_config.d/50-cloud-init.conf', { notify: [reload] }),
    file('/etc/ssh/sshd_config.d/10-hardening.conf', hardening, { ...options, mode: '600' }),
    line('/etc/ssh/sshd_config', 'PermitRootLogin no', {
      ...options,
      match: /^#?PermitRootLogin\b/,
      before: /^Match\b/,
    }),
  ]
}
