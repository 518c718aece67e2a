import type { Task } from '../../../runner/index.ts'
import { sysctl } from '../../../tasks/authors.ts'

/** The kernel of a busy web server. */
export const job = (): Task[] => [
  sysctl(
    { 'net.core.somaxconn': 8192, 'net.ipv4.ip_local_port_range': '10240 65535', 'net.ipv4.tcp_fin_timeout': 30 },
    { name: '60-web' },
  ),
]
