from io import StringIO

from pyinfra import config, host
from pyinfra.facts.server import Command
from pyinfra.operations import apt, files, server, systemd
from pyinfra.operations.util import any_changed

config.SUDO = True

SUDO = "%sudo ALL=(ALL:ALL) NOPASSWD: ALL\n"

SSHD = """PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
X11Forwarding no
"""

UPDATES = f"""APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "{host.data.reboot_at}";
"""

BACKUP = """[Service]
Type=oneshot
ExecStart=/usr/bin/tar -czf /var/backups/etc.tar.gz /etc
"""

NIGHTLY = """[Timer]
OnActiveSec=10
OnCalendar=03:00

[Install]
WantedBy=timers.target
"""


def validated(src, dest, check, mode="644", **data):
    new = files.template(name=f"New {dest}", src=src, dest=f"{dest}.new", **data)
    return server.shell(
        name=f"Validated {dest}",
        commands=[f"{check} {dest}.new", f"install -m {mode} {dest}.new {dest}"],
        _if=new.did_change,
    )


apt.packages(
    name="Packages",
    packages=["curl", "nginx", "ufw", "unattended-upgrades"],
    no_recommends=True,
    update=True,
    cache_time=86400,
)

for admin, keys in host.data.admins.items():
    server.user(
        name=f"User {admin}",
        user=admin,
        groups=["sudo"],
        append=True,
        shell="/bin/bash",
        create_home=True,
        public_keys=keys,
        delete_keys=True,
    )

validated(StringIO(SUDO), "/etc/sudoers.d/admins", "visudo -cf", mode="440")

sshd = validated(
    StringIO(SSHD), "/etc/ssh/sshd_config.d/10-hardening.conf", "sshd -t -f"
)

firewall = host.get_fact(Command, command="ufw status 2>/dev/null || true") or ""
for port in ("22/tcp", "80/tcp"):
    if port not in firewall:
        server.shell(name=f"Open {port}", commands=[f"ufw allow {port}"])
if "Status: active" not in firewall:
    server.shell(
        name="Firewall",
        commands=["ufw default deny incoming", "ufw --force enable"],
    )

files.put(
    name="Updates",
    src=StringIO(UPDATES),
    dest="/etc/apt/apt.conf.d/60updates",
    mode="644",
)

files.sync(name="Site", src="files/site", dest="/srv/site", mode="644", dir_mode="755")

site = validated(
    "templates/nginx.conf.njk",
    "/etc/nginx/nginx.conf",
    "nginx -t -c",
    domain=host.data.domain,
)

systemd.service(name="nginx", service="nginx", running=True, enabled=True)

service = files.put(
    name="Backup",
    src=StringIO(BACKUP),
    dest="/etc/systemd/system/backup.service",
    mode="644",
)

timer = files.put(
    name="Timer of the backup",
    src=StringIO(NIGHTLY),
    dest="/etc/systemd/system/backup.timer",
    mode="644",
)

systemd.daemon_reload(name="Units read again", _if=any_changed(service, timer))

systemd.service(name="Timer runs", service="backup.timer", running=True, enabled=True)

systemd.service(
    name="Restart nginx", service="nginx", restarted=True, _if=site.did_change
)

systemd.service(name="Reload sshd", service="ssh", reloaded=True, _if=sshd.did_change)

server.shell(
    name="Site answers",
    commands=["curl -fsSo /dev/null --retry 30 --retry-connrefused http://127.0.0.1/"],
    _if=site.did_change,
)
