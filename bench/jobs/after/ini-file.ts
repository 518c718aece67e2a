import { action, type Task } from '../../../runner/index.ts'
import { ini } from '../../../tasks/authors.ts'

/** Some keys of a configuration that belongs to a package. */
export function job(): Task[] {
  const restart = action('restart php-fpm', (host) => host.$`systemctl restart php8.4-fpm`)
  return [
    ini(
      '/etc/php/8.4/fpm/php.ini',
      { PHP: { memory_limit: '256M', expose_php: 'Off', disable_functions: null }, Date: { 'date.timezone': 'UTC' } },
      { notify: [restart] },
    ),
  ]
}
