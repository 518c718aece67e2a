import { type Change, CutoverError, type Task, task } from '../../../runner/index.ts'
import { fstabWith } from './library/fstab.ts'

interface SwapChange extends Change {
  isActive: boolean
  sameSize: boolean
  after: string
}

const swap = (path: string, megabytes: number): Task =>
  task<SwapChange>({
    name: `swap ${path}`,
    check: async (host) => {
      const { stdout: size } = await host.$({ nothrow: true })`stat -c %s -- ${path}`
      const { stdout: type } = await host.$({ nothrow: true })`blkid -p -s TYPE -o value -- ${path}`
      if (size !== '' && type.trim() !== 'swap') throw new CutoverError(`${path} is there, and is no swap file`)
      const active = (await host.$`swapon --show=NAME --noheadings --raw`).stdout.split('\n').includes(path)
      const sameSize = Number(size) === megabytes * 2 ** 20
      const fstab = await fstabWith(host, path, `${path} none swap sw 0 0`)
      const differences = [
        ...(sameSize ? [] : [`${megabytes} MiB`]),
        ...(active ? [] : ['activate']),
        ...(fstab.before === fstab.after ? [] : ['/etc/fstab']),
      ]
      if (differences.length === 0) return null
      return { summary: differences.join(', '), ...fstab, isActive: active, sameSize }
    },
    apply: async (host, { isActive, sameSize, after }) => {
      if (!sameSize) {
        if (isActive) await host.$`swapoff -- ${path}`
        await host.$`umask 077; rm -f -- ${path}`
        await host.live`umask 077; dd if=/dev/zero of=${path} bs=1M count=${megabytes} status=none; mkswap ${path}`
      }
      if (!sameSize || !isActive) await host.$`swapon -- ${path}`
      await host.write('/etc/fstab', after)
    },
  })

/** A swap file. */
export const job = (): Task[] => [swap('/opt/swap', 4)]
