import type { HostView } from '../../runner/index.ts'

/** The disk that Docker writes to. */
export interface Disk {
  /** For a person: 42% used, 17G free. */
  text: string
  /** What is at or above the limit; null: nothing. */
  alarm: string | null
}

/** How full the disk is that Docker writes to: bytes, and inodes, of which some file systems have a fixed number. */
export async function diskOf(host: HostView, limit: number): Promise<Disk> {
  const { stdout } = await host.$({
    nothrow: true,
  })`df -h --output=pcent,avail,ipcent /var/lib/docker 2>/dev/null || df -h --output=pcent,avail,ipcent /`
  const [used = '', free = '', inodes = ''] = stdout.trim().split('\n').at(-1)?.trim().split(/\s+/) ?? []
  // A file system without a fixed number of inodes has a `-`.
  const full = [
    ...(Number.parseInt(used) >= limit ? [`its disk is ${used} full, ${free} free`] : []),
    ...(Number.parseInt(inodes) >= limit ? [`${inodes} of the inodes of its disk are used`] : []),
  ]
  return { text: `${used} used, ${free} free`, alarm: full.length > 0 ? full.join(', and ') : null }
}
