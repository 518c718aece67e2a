import { type Fact, z } from '../../../runner/index.ts'

/** A network interface. */
export interface NetworkInterface {
  name: string
  /** Of its hardware, such as 02:42:0a:d5:01:0b. */
  mac?: string
  isUp: boolean
  addresses: readonly { address: string; prefix: number; family: 'inet' | 'inet6'; scope: string }[]
}

/** A file system that has a size. */
export interface Mount {
  path: string
  /** A device, or the name of another source. */
  source: string
  /** ext4, xfs, tmpfs, overlay, … */
  type: string
  /** Bytes. */
  size: number
  /** Bytes that a user can still write. */
  available: number
}

export interface Machine {
  /** Bytes that the system can use. */
  memory: number
  /** CPUs that a process can use. */
  cpus: number
  interfaces: readonly NetworkInterface[]
  /** The file systems that have a size, in the order in which they were mounted. */
  mounts: readonly Mount[]
  /** In the words of systemd-detect-virt: kvm, vmware, docker, lxc, …; `none` for a machine of its own. */
  virtualization: string
}

const addressList = z.array(
  z.object({
    ifname: z.string().optional(),
    flags: z.array(z.string()).default([]),
    link_type: z.string().optional(),
    address: z.string().optional(),
    addr_info: z
      .array(z.object({ family: z.string(), local: z.string().optional(), prefixlen: z.number(), scope: z.string() }))
      .default([]),
  }),
)

/** Old versions of findmnt print sizes as texts, and null for a file system that does not answer. */
const bytes = z.union([z.number(), z.string(), z.null()]).transform(Number)
const mountList = z.object({
  filesystems: z.array(
    z.object({ target: z.string(), source: z.string().nullable(), fstype: z.string(), size: bytes, avail: bytes }),
  ),
})

/** Parses what the script of the fact prints: a first line of values, a line for the interfaces, and the mounts. */
export function parseMachine(stdout: string): Machine {
  const [values = '', interfaces = '', ...mounts] = stdout.split('\n')
  const [kilobytes, cpus, virtualization = ''] = values.split(' ')
  return {
    memory: Number(kilobytes) * 1024,
    cpus: Number(cpus),
    virtualization: virtualization || 'none',
    interfaces: parseInterfaces(interfaces),
    mounts: mountList
      .parse(JSON.parse(mounts.join('\n')))
      .filesystems.flatMap(({ target, source, fstype, size, avail }): Mount[] =>
        size > 0 ? [{ path: target, source: source ?? '', type: fstype, size, available: avail }] : [],
      ),
  }
}

const parseInterfaces = (json: string): NetworkInterface[] =>
  addressList.parse(JSON.parse(json)).flatMap((each): NetworkInterface[] => {
    // Some versions of ip print an empty object for what was filtered out.
    if (each.ifname === undefined) return []
    return [
      {
        name: each.ifname,
        ...(each.link_type === 'ether' && each.address !== undefined && { mac: each.address }),
        isUp: each.flags.includes('UP'),
        addresses: each.addr_info.flatMap(({ family, local, prefixlen, scope }) =>
          local !== undefined && (family === 'inet' || family === 'inet6')
            ? [{ address: local, prefix: prefixlen, family, scope }]
            : [],
        ),
      },
    ]
  })

const script = `while read -r key value unit; do if [ "$key" = MemTotal: ]; then memory=$value; fi; done </proc/meminfo
virtualization=$(systemd-detect-virt 2>/dev/null) || :
echo "$memory $(nproc) $virtualization"
ip -json address
findmnt --json --bytes --list --output TARGET,SOURCE,FSTYPE,SIZE,AVAIL`

/**
 * Memory, CPUs, network interfaces, file systems and virtualization of a host.
 *
 * @example
 * export const quarterOfMemory = async (host: HostView) => Math.floor((await host.fact(machineFact)).memory / 4)
 */
export const machineFact: Fact<Machine> = { name: 'machine', command: ['sh', '-euc', script], parse: parseMachine }
