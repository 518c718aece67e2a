import { action, type Secret, type Task } from '../../../runner/index.ts'
import { absent, link, packages, template, unit } from '../../../tasks/authors.ts'

/** nginx tests whole configurations: this is one with nothing but the site. */
const test = `conf=$(mktemp); trap 'rm -f "$conf"' EXIT
echo "events {} http { include $1; }" >"$conf"; nginx -t -c "$conf"`

/** A site of nginx. One that nginx does not take never lands. */
export function job(values: { domain: string; port: number; token: Secret }): Task[] {
  const reload = action('reload nginx', (host) => host.$`nginx -t && systemctl reload nginx`)
  const site = '/etc/nginx/sites-available/shop'
  return [
    packages({ present: ['nginx'] }),
    template(site, '../templates/site.njk', values, { validate: ['sh', '-euc', test, 'sh', '%s'], notify: [reload] }),
    link('/etc/nginx/sites-enabled/shop', site, { notify: [reload] }),
    absent('/etc/nginx/sites-enabled/default', { notify: [reload] }),
    unit('nginx', { running: true, enabled: true }),
  ]
}
