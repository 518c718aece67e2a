import { action, type Task } from '../../../runner/index.ts'
import { git } from '../../../tasks/authors.ts'

/** A site that is a checkout of a tag, by a user of its own; another version is built again. */
export function job(repository: string, ref: string): Task[] {
  const build = action('build the site', (host) => host.$({ cwd: '/srv/site', as: 'deploy' })`cp file built`)
  return [git('/srv/site', { repository, ref, user: 'deploy', notify: [build] })]
}
