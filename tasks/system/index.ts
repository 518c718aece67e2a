export { absent } from './absent.ts'
export { authorizedKeys } from './authorized-keys.ts'
export { block, type BlockOptions } from './block.ts'
export { copy } from './copy.ts'
export { cron } from './cron.ts'
export { curl } from './curl.ts'
export { directory } from './directory.ts'
export { download, type DownloadOptions } from './download/index.ts'
export { machineFact, type Machine, type Mount, type NetworkInterface } from './facts/machine.ts'
export { packagesFact, type Packages } from './facts/packages.ts'
export { servicesFact, type Units, type UnitState } from './facts/services.ts'
export { file } from './file.ts'
export { git, type GitOptions } from './git.ts'
export { group, groupMember } from './group.ts'
export { hostname } from './hostname.ts'
export { ini, type IniOptions, type IniValues } from './ini.ts'
export { line, type LineOptions } from './line.ts'
export { link } from './link.ts'
export { locale } from './locale.ts'
export { logRotation } from './log-rotation.ts'
export { mount } from './mount.ts'
export { packages } from './packages.ts'
export { platform, type Platform, platformFact } from './platform.ts'
export { reboot } from './reboot.ts'
export { replace } from './replace.ts'
export { repository } from './repository.ts'
export { rootFile, rootFolder } from './root-file.ts'
export { reload, restart } from './restart.ts'
export { sudoers } from './sudoers.ts'
export { swap } from './swap.ts'
export { sysctl } from './sysctl.ts'
export { template } from './template.ts'
export { timezone } from './timezone.ts'
export { tree } from './tree.ts'
export {
  dockerBehindUfw,
  parseFrom,
  parseLists,
  parsePort,
  ufw,
  type UfwOptions,
  type UfwRule,
  verifyComment,
  verifyInterface,
} from './ufw/index.ts'
export { unit } from './unit.ts'
export { upgrade } from './upgrade.ts'
export { user } from './user.ts'
export { waitFor } from './wait-for.ts'
