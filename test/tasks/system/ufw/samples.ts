import { parseRules, type Rule } from '../../../../tasks/system/ufw/rules.ts'
import type { WayIn } from '../../../../tasks/system/ufw/verdict.ts'

/** Lines as ufw 0.36.2 of Debian 13 wrote them into user.rules for the command that stands above each. */
export const tuple = (words: string): string => `### tuple ### ${words}`
export const real = {
  'allow in on tailscale0 to any port 22 proto tcp': 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_tailscale0',
  'allow 22/tcp': 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'limit 22/tcp': 'limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'deny from 10.0.0.0/8': 'deny any any 0.0.0.0/0 any 10.0.0.0/8 in',
  'reject 80/tcp': 'reject tcp 80 0.0.0.0/0 any 0.0.0.0/0 in',
  'allow OpenSSH comment x': 'allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in comment=78',
  'allow proto tcp from 192.168.1.0/24 to any port 22': 'allow tcp 22 0.0.0.0/0 any 192.168.1.0/24 in',
  'allow proto tcp from 10.0.0.0/8 to any port 22': 'allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 in',
  'route allow in on eth0 out on docker0 to any port 80 proto tcp':
    'route:allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in_eth0!out_docker0',
  'allow 80,443/tcp': 'allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in',
  'allow 20:30/tcp': 'allow tcp 20:30 0.0.0.0/0 any 0.0.0.0/0 in',
  'deny out 22/tcp': 'deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 out',
  'allow in on eth0 from 10.1.2.3 port 5000 to 10.213.1.11 port 22 proto tcp':
    'allow tcp 22 10.213.1.11 5000 10.1.2.3 in_eth0',
  'deny log 22/tcp': 'deny_log tcp 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'deny 22': 'deny any 22 0.0.0.0/0 any 0.0.0.0/0 in',
  'allow proto esp from 10.0.0.1': 'allow esp any 0.0.0.0/0 any 10.0.0.1 in',
  'deny in on eth0 to any port 22': 'deny any 22 0.0.0.0/0 any 0.0.0.0/0 in_eth0',
} as const
export type Command = keyof typeof real
export const rulesOf = (...commands: Command[]): Rule[] =>
  parseRules(commands.map((command) => tuple(real[command])).join('\n-A something\n'))

/** This very connection: from 10.213.1.1 to port 22, over eth0. */
export const way: WayIn = { from: '10.213.1.1', to: '10.213.1.11', port: 22, interfaceName: 'eth0' }
