import { type Change, CutoverError, type Task, task } from '../../../runner/index.ts'
import { fstabWith } from './library/fstab.ts'

interface Mount {
  source: string
  type: string
  options: string
}

const mount = (path: string, { source, type, options }: Mount): Task =>
  task<Change & { isMounted: boolean; after: string }>({
    name: `mount ${path}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`findmnt -n -o SOURCE,FSROOT --mountpoint ${path}`
      const isMounted = stdout !== ''
      const [from, root] = stdout.trim().split(/\s+/)
      if (isMounted && !(type === 'none' ? root === source || from?.endsWith(`[${source}]`) : from === source))
        throw new CutoverError(`${from} is mounted at ${path}, and not ${source}`)
      const fstab = await fstabWith(host, path, `${source} ${path} ${type} ${options} 0 0`)
      const differences = [...(isMounted ? [] : ['mount']), ...(fstab.before === fstab.after ? [] : ['/etc/fstab'])]
      if (differences.length === 0) return null
      return { summary: differences.join(', '), ...fstab, isMounted }
    },
    // First it is mounted: a line that cannot be mounted would hold up the next boot.
    apply: async (host, { isMounted, before, after }) => {
      if (!isMounted) await host.$`mkdir -p -- ${path}; mount -t ${type} -o ${options} -- ${source} ${path}`
      else if (before !== after && type !== 'none') await host.$`mount -o ${`remount,${options}`} -- ${path}`
      await host.write('/etc/fstab', after)
    },
  })

/** A file system in memory, and a folder that is seen at another place. */
export const job = (): Task[] => [
  mount('/srv/cache', { source: 'tmpfs', type: 'tmpfs', options: 'size=64m,mode=750' }),
  mount('/srv/logs', { source: '/var/log', type: 'none', options: 'bind' }),
]
