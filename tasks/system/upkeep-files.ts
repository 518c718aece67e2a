/** The names of what upkeep writes. A cron file's has a character that no app's has: it is not that of an app's poller. */
export const [sysctlName, buildCacheName] = ['60-cutover', 'cutover_build-cache'] as const
export const upgradesFile = '/etc/apt/apt.conf.d/52cutover-unattended-upgrades'

/** Files of ours that stay on a host when the key that asks for them leaves the inventory. */
export const upkeepFiles = {
  sysctl: `/etc/sysctl.d/${sysctlName}.conf`,
  upgrades: upgradesFile,
  build_cache_days: `/etc/cron.d/${buildCacheName}`,
} as const
