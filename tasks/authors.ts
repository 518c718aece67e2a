/** Tasks for playbooks of one's own: `import { apt, file } from 'cutover/tasks'`. */
export {
  absent,
  apt,
  authorizedKeys,
  copy,
  cron,
  directories,
  directory,
  file,
  group,
  groupMember,
  hostname,
  link,
  locale,
  mount,
  reboot,
  service,
  sudoers,
  swap,
  sysctl,
  template,
  timezone,
  tree,
  user,
  waitFor,
} from './system/index.ts'
export { image, network } from './docker/index.ts'
/** The keys of the product's own inventory, for playbooks that share it. */
export { appsOf, settings, topLevel } from './app/index.ts'
