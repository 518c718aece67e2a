import { type Change, type Task, task } from '../../../runner/index.ts'
import { apt } from '../old-tasks.ts'

const noninteractive = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-o', 'DPkg::Lock::Timeout=300']

/** A package has a version that begins like this, and keeps it. */
const held = (name: string, version: string): Task =>
  task<Change>({
    name: `package ${name} ${version}*, held`,
    check: async (host) => {
      const format = '${db:Status-Status} ${Version}'
      const { stdout } = await host.$({ nothrow: true })`dpkg-query -W -f ${format} ${name}`
      const [status, current = ''] = stdout.split(' ')
      const isHeld = (await host.$`apt-mark showhold ${name}`).stdout.trim() === name
      const differences = [
        ...(status === 'installed' && current.startsWith(version) ? [] : [`${current || 'none'} → ${version}*`]),
        ...(isHeld ? [] : ['hold']),
      ]
      return differences.length === 0 ? null : { summary: differences.join(', ') }
    },
    apply: async (host) => {
      const options = ['--no-install-recommends', '--allow-downgrades', '--allow-change-held-packages', '--no-remove']
      await host.live`${[...noninteractive, 'install', ...options, `${name}=${version}*`]}`
      await host.$`apt-mark hold ${name}`
    },
  })

const absent = (name: string): Task =>
  task({
    name: `no package ${name}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`dpkg-query -W -f ${'${db:Status-Status}'} ${name}`
      return stdout === 'installed' ? { summary: 'remove' } : null
    },
    apply: async (host) => {
      await host.live`${[...noninteractive, 'remove', name]}`
    },
  })

/** One package stays at a version, and another is not there. */
export const job = (): Task[] => [apt(['curl']), held('nginx', '1.26.'), absent('apache2')]
