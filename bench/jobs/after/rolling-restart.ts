import { action, type OnHost } from '../../../runner/index.ts'
import { file, waitFor } from '../../../tasks/authors.ts'

/** First one server, then a quarter of them at a time; one that fails stops those after it. */
export const order = { serial: [1, '25%'], maxFail: 0 } as const

/** A service gets a new configuration and is restarted; the next server follows once this one answers again. */
export async function job({ run, flush }: OnHost<unknown>): Promise<void> {
  const restart = action('restart the shop', (host) => host.$`systemctl restart shop-web`)
  await run(file('/etc/shop-web.conf', 'workers = 4\n', { notify: [restart] }))
  await flush()
  await run(waitFor.url('http://127.0.0.1:8090/shop-web.conf', { timeout: 60_000 }))
}
