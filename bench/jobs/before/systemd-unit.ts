import { render, type Secret, type Task, task } from '../../../runner/index.ts'
import { file } from '../../../tasks/authors.ts'
import { unit } from './library/unit.ts'

const content = `[Unit]
Description=The shop
After=network-online.target

[Service]
User=shop
EnvironmentFile=/etc/shop.env
ExecStart=/usr/bin/sleep infinity
Restart=on-failure

[Install]
WantedBy=multi-user.target
`

const systemUser = (name: string): Task =>
  task({
    name: `user ${name}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`getent passwd ${name}`
      return stdout === '' ? { summary: 'new' } : null
    },
    apply: async (host) => {
      await host.$`useradd --system --no-create-home --shell /usr/sbin/nologin -- ${name}`
    },
  })

/** A service of our own, which is restarted when its unit or its environment changes. */
export const job = (password: Secret): Task[] => [
  systemUser('shop'),
  file('/etc/shop.env', render(new URL('../templates/shop.env.njk', import.meta.url).pathname, { password })),
  unit('shop.service', content, { enabled: true, restartOn: '/etc/shop.env' }),
]
