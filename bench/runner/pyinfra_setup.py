from pyinfra import host
from pyinfra.facts.server import LinuxDistribution
from pyinfra.operations import apt, files, server, systemd

assert host.get_fact(LinuxDistribution)["name"] in ("Debian", "Ubuntu")
apt.packages(packages=["cron", "curl", "logrotate"], no_recommends=True, _sudo=True)
files.directory(path="/opt/bench", mode="755", _sudo=True)
files.directory(path="/opt/bench/data", mode="750", _sudo=True)
files.template(src="app.env.j2", dest="/opt/bench/app.env", mode="644", server=host.name, stage="production", _sudo=True)
files.template(src="logrotate.j2", dest="/etc/logrotate.d/bench", mode="644", app="bench", _sudo=True)
server.user(user="deploy", groups=["adm"], append=True, _sudo=True)
server.shell(commands=["docker network inspect bench >/dev/null 2>&1 || docker network create --label cutover=1 bench"], _sudo=True)
server.shell(commands=["ufw show added | grep -q 8443/tcp || { ufw allow OpenSSH; ufw allow 8443/tcp; ufw --force enable; }"], _sudo=True)
files.template(src="cron.j2", dest="/etc/cron.d/bench", mode="644", app="bench", _sudo=True)
systemd.service(service="cron", running=True, enabled=True, _sudo=True)
systemd.service(service="ssh", running=True, enabled=True, _sudo=True)
