import { type Change, type Task, task } from '../../../runner/index.ts'

const sysctl = (name: string, settings: Readonly<Record<string, string>>): Task => {
  const path = `/etc/sysctl.d/${name}.conf`
  const after = Object.entries(settings)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('')
  return task<Change & { running: string[] }>({
    name: `sysctl ${name}`,
    check: async (host) => {
      const before = (await host.read(path)) ?? ''
      const running: string[] = []
      for (const [key, value] of Object.entries(settings)) {
        const { stdout } = await host.$`sysctl -n ${key}`
        if (stdout.trim().replace(/\s+/g, ' ') !== value) running.push(`${key}=${value}`)
      }
      if (before === after && running.length === 0) return null
      return { summary: [...(before === after ? [] : [path]), ...running].join(', '), before, after, running }
    },
    // First the running values: one that the kernel refuses must not be in the file.
    apply: async (host, { running }) => {
      for (const each of running) await host.$`sysctl -qw ${each}`
      await host.write(path, after)
    },
  })
}

/** The kernel of a busy web server. */
export const job = (): Task[] => [
  sysctl('60-web', {
    'net.core.somaxconn': '8192',
    'net.ipv4.ip_local_port_range': '10240 65535',
    'net.ipv4.tcp_fin_timeout': '30',
  }),
]
