/** The first five minutes of a web server, one server after the other: `npx cutover servers --check --diff`. */
import { playbook, z } from 'cutover'
import {
  authorizedKeys,
  file,
  packages,
  reload,
  restart,
  sudoers,
  template,
  tree,
  ufw,
  unit,
  user,
  waitFor,
} from 'cutover/tasks'

const settings = z.object({
  domain: z.string(),
  /** The public keys of each administrator. */
  admins: z.record(z.string(), z.array(z.string())),
  /** When an update may reboot the server. */
  reboot_at: z.string(),
})

const sshd = `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
X11Forwarding no
`

const updates = (rebootAt: string) => `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "${rebootAt}";
`

const backup = `[Service]
Type=oneshot
ExecStart=/usr/bin/tar -czf /var/backups/etc.tar.gz /etc
`

// The first one soon, so that a mistake shows today.
const nightly = `[Timer]
OnActiveSec=10
OnCalendar=03:00

[Install]
WantedBy=timers.target
`

const handlers = [restart('nginx'), reload('ssh')]
const help = 'Sets up users, SSH, firewall, updates, a site and a backup.'

export default playbook(
  'Servers',
  { settings, handlers, help },
  async (play) => {
    await play.on(play.hosts(), { serial: 1 }, async ({ run, flush, vars }) => {
      await run(
        packages({ present: ['curl', 'nginx', 'ufw', 'unattended-upgrades'] }),
        Object.entries(vars.admins).map(([name, keys]) => [
          user(name, { groups: ['sudo'] }),
          authorizedKeys(name, keys, { exclusive: true }),
        ]),
        sudoers('admins', { user: '%sudo', commands: ['ALL'], nopasswd: true }),
        file('/etc/ssh/sshd_config.d/10-hardening.conf', sshd, {
          validate: ['sshd', '-t', '-f', '%s'],
          notify: [reload('ssh')],
        }),
        ufw({ owner: 'servers', allow: ['22/tcp', '80/tcp'] }),
        file('/etc/apt/apt.conf.d/60updates', updates(vars.reboot_at)),
        tree('../files/site', '/srv/site'),
        template('/etc/nginx/nginx.conf', '../templates/nginx.conf.njk', vars, {
          validate: ['nginx', '-t', '-c', '%s'],
          notify: [restart('nginx')],
        }),
        unit('nginx', { running: true, enabled: true }),
        unit('backup.service', { content: backup }),
        unit('backup.timer', {
          content: nightly,
          running: true,
          enabled: true,
        }),
      )
      await flush()
      await run(waitFor.url('http://127.0.0.1/'))
    })
  },
)
