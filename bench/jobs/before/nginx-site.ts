import { render, type Secret, type Task } from '../../../runner/index.ts'
import { link } from '../../../tasks/authors.ts'
import { apt, service } from '../old-tasks.ts'
import { absent } from './library/absent.ts'
import { handler } from './library/handler.ts'
import { validatedFile } from './library/validated-file.ts'

/** nginx tests whole configurations: this is one with nothing but the site. */
const test = `conf=$(mktemp); trap 'rm -f "$conf"' EXIT
echo "events {} http { include $1; }" >"$conf"; nginx -t -c "$conf"`

/** A site of nginx. One that nginx does not take never lands. */
export function job(values: { domain: string; port: number; token: Secret }): Task[] {
  const notify = [handler('reload nginx', (host) => host.$`nginx -t && systemctl reload nginx`)]
  const site = '/etc/nginx/sites-available/shop'
  const content = render(new URL('../templates/site.njk', import.meta.url).pathname, values)
  return [
    apt(['nginx']),
    validatedFile(site, content, { mode: '600', validate: ['sh', '-euc', test, 'sh', '%s'], notify }),
    { ...link('/etc/nginx/sites-enabled/shop', site), notify },
    absent('/etc/nginx/sites-enabled/default', notify),
    service('nginx'),
  ]
}
