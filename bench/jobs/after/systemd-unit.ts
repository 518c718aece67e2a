import type { Secret, Task } from '../../../runner/index.ts'
import { template, unit, user } from '../../../tasks/authors.ts'

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

/** A service of our own, which is restarted when its unit or its environment changes. */
export const job = (password: Secret): Task[] => [
  user('shop', { system: true }),
  template('/etc/shop.env', '../templates/shop.env.njk', { password }),
  unit('shop', { content, running: true, enabled: true, restartOn: ['/etc/shop.env'] }),
]
