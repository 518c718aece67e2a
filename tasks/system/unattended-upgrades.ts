import { type Change, type Task, task } from '../../runner/index.ts'
import { packages } from './packages.ts'
import { rootFile } from './root-file.ts'
import { upgradesFile } from './upkeep-files.ts'

/**
 * The distribution installs its security updates by itself, each day, or it does not. A file of ours, which apt reads
 * after those of the package, says so: the package's own has it on from the day that it is installed.
 * @param reboot the time of day, 04:10, at which a host reboots whose packages ask for it; undefined: it never does by itself
 * @param tell hears why nothing is installed although that is wanted
 */
export function unattendedUpgrades(wanted: boolean, reboot: string | undefined, tell: (note: string) => void): Task[] {
  const lines = wanted
    ? [
        'APT::Periodic::Update-Package-Lists "1";',
        'APT::Periodic::Unattended-Upgrade "1";',
        `Unattended-Upgrade::Automatic-Reboot "${reboot !== undefined}";`,
        ...(reboot === undefined ? [] : [`Unattended-Upgrade::Automatic-Reboot-Time "${reboot}";`]),
      ]
    : ['APT::Periodic::Unattended-Upgrade "0";']
  const file = rootFile(upgradesFile, `// Written by Cutover.\n${lines.join('\n')}\n`)
  return wanted ? [packages({ present: ['unattended-upgrades'] }), file, dailyTimers(tell)] : [file]
}

const timers = ['apt-daily.timer', 'apt-daily-upgrade.timer']

/** What fetches and installs them each day runs. A timer that somebody has masked stays, and is told. */
const dailyTimers = (tell: (note: string) => void): Task =>
  task<Change & { off: readonly string[] }>({
    name: 'daily timers of apt',
    check: async (host) => {
      const { stdout } = await host.quiet({ nothrow: true })`for timer in ${timers}; do
          echo "$(systemctl is-enabled "$timer" 2>/dev/null) $(systemctl is-active "$timer" 2>/dev/null)"
        done`
      const states = stdout.split('\n')
      const found = timers.map((name, index) => ({ name, state: states[index] ?? '' }))
      const masked = found.filter(({ state }) => state.startsWith('masked')).map(({ name }) => name)
      if (masked.length > 0)
        tell(
          `${host.name}: no security updates are installed, for somebody has masked ${masked.join(' and ')}. ` +
            `systemctl unmask ${masked.join(' ')}, and setup, let them run again`,
        )
      const off = found.flatMap(({ name, state }) => (/^(disabled \w+|enabled inactive)$/.test(state) ? [name] : []))
      return off.length === 0 ? null : { summary: `enable and start ${off.join(' and ')}`, off }
    },
    apply: async (host, { off }) => {
      await host.$`systemctl enable --now -- ${off}`
    },
  })
