import { type OnHost, until } from '../../../runner/index.ts'
import { file } from '../../../tasks/authors.ts'
import { handler } from './library/handler.ts'

/** First one server, then a quarter of them at a time; one that fails stops those after it. */
export const order = { serial: [1, '25%'], maxFail: 0 } as const

/** A service gets a new configuration and is restarted; the next server follows once this one answers again. */
export async function job({ run, flush }: OnHost<unknown>): Promise<void> {
  const restart = handler('restart the shop', (host) => host.$`systemctl restart shop-web`)
  await run(file('/etc/shop-web.conf', 'workers = 4\n', { notify: [restart] }))
  await flush()
  const url = 'http://127.0.0.1:8090/shop-web.conf'
  const answers = until(
    'the shop answers',
    async (host) => {
      const { exitCode, stderr } = await host.$({ nothrow: true })`curl -fsS --max-time 3 -o /dev/null -- ${url}`
      return exitCode === 0 ? null : `it does not: ${stderr.trim()}`
    },
    { retries: 60 },
  )
  await run(answers)
}
