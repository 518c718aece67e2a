/** The first five minutes of a web server, one server after the other: `npx cutover servers --check --diff`. */
import { action, playbook, runIfMain, z } from 'cutover'
import { authorizedKeys, file, packages, sudoers, template, tree, ufw, unit, user, waitFor } from 'cutover/tasks'

const settings = z.object({
  domain: z.string(),
  admins: z.record(z.string(), z.array(z.string())).describe('the public keys of each administrator'),
  reboot_at: z.string().describe('when an update may reboot the server'),
})

const restartNginx = action('restart nginx', (host) => host.$`systemctl restart nginx`)
const reloadSshd = action('reload sshd', (host) => host.$`systemctl reload ssh`)

const sshd = `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
X11Forwarding no
`

const updates = (rebootAt: string): string => `APT::Periodic::Update-Package-Lists "1";
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

const servers = playbook(
  'Servers',
  {
    settings,
    handlers: [restartNginx, reloadSshd],
    help: 'Users, SSH, firewall, updates, a site and a backup.',
  },
  async (play) => {
    await play.on(play.hosts(), { serial: 1 }, async ({ run, flush, host, vars }) => {
      const { admins, domain, reboot_at } = vars
      await run(
        packages({ present: ['curl', 'nginx', 'ufw', 'unattended-upgrades'] }),
        Object.entries(admins).map(([name, keys]) => [
          user(name, { groups: ['sudo'] }),
          authorizedKeys(name, keys, { exclusive: true }),
        ]),
        sudoers('admins', { user: '%sudo', commands: ['ALL'], nopasswd: true }),
        file('/etc/ssh/sshd_config.d/10-hardening.conf', sshd, {
          validate: ['sshd', '-t', '-f', '%s'],
          notify: [reloadSshd],
        }),
        ufw({ allow: ['22/tcp', '80/tcp'] }),
        file('/etc/apt/apt.conf.d/60updates', updates(reboot_at)),
        tree('../files/site', '/srv/site'),
        template(
          '/etc/nginx/nginx.conf',
          '../templates/nginx.conf.njk',
          { domain, server: host.name },
          {
            validate: ['nginx', '-t', '-c', '%s'],
            notify: [restartNginx],
          },
        ),
        unit('nginx', { running: true, enabled: true }),
        unit('backup.service', { content: backup }),
        unit('backup.timer', { content: nightly, running: true, enabled: true }),
      )
      await flush()
      await run(waitFor.url('http://127.0.0.1/'))
    })
  },
)
export default servers
await runIfMain(import.meta, servers)
