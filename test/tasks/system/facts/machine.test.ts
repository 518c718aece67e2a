import { expect, it } from 'vitest'
import { ScriptedHost } from '../../../../runner/task/scripted-host.ts'
import { machineFact, parseMachine } from '../../../../tasks/system/facts/machine.ts'

/** What Debian 13 prints in a container (iproute2 6.15, util-linux 2.41). */
const debian13 = `24684092 2 docker
[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo","valid_life_time":4294967295,"preferred_life_time":4294967295}]},{"ifindex":422,"link_index":423,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"qdisc":"noqueue","operstate":"UP","group":"default","link_type":"ether","address":"02:42:0a:d5:01:0b","broadcast":"ff:ff:ff:ff:ff:ff","link_netnsid":0,"addr_info":[{"family":"inet","local":"10.213.1.11","prefixlen":24,"broadcast":"10.213.1.255","scope":"global","label":"eth0","valid_life_time":4294967295,"preferred_life_time":4294967295}]}]
{
   "filesystems": [
      {
         "target": "/",
         "source": "overlay",
         "fstype": "overlay",
         "size": 270553174016,
         "avail": 81137803264
      },{
         "target": "/proc",
         "source": "proc",
         "fstype": "proc",
         "size": 0,
         "avail": 0
      },{
         "target": "/dev",
         "source": "tmpfs",
         "fstype": "tmpfs",
         "size": 67108864,
         "avail": 67108864
      }
   ]
}
`

/** What Debian 12 prints (iproute2 6.1, util-linux 2.38). */
const debian12 = `24684092 2 none
[{"ifindex":2,"ifname":"ifb0","flags":["BROADCAST","NOARP"],"mtu":1500,"qdisc":"noop","operstate":"DOWN","group":"default","txqlen":32,"link_type":"ether","address":"62:05:c5:94:63:aa","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[]},{"ifindex":4,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1400,"qdisc":"pfifo_fast","operstate":"UP","group":"default","txqlen":1000,"link_type":"ether","address":"02:fc:00:00:00:01","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[{"family":"inet","local":"192.0.2.2","prefixlen":24,"broadcast":"192.0.2.255","scope":"global","label":"eth0","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fd00::2","prefixlen":64,"scope":"global","nodad":true,"valid_life_time":4294967295,"preferred_life_time":4294967295}]}]
{
   "filesystems": [
      {
         "target": "/sys",
         "source": "sysfs",
         "fstype": "sysfs",
         "size": 0,
         "avail": 0
      },{
         "target": "/dev/shm",
         "source": "tmpfs",
         "fstype": "tmpfs",
         "size": 25276510208,
         "avail": 25276510208
      },{
         "target": "/",
         "source": "/dev/vda",
         "fstype": "ext4",
         "size": 270553174016,
         "avail": 81119535104
      }
   ]
}
`

it('the machine of Debian 13', () => {
  expect(parseMachine(debian13)).toEqual({
    memory: 25_276_510_208,
    cpus: 2,
    virtualization: 'docker',
    interfaces: [
      { name: 'lo', isUp: true, addresses: [{ address: '127.0.0.1', prefix: 8, family: 'inet', scope: 'host' }] },
      {
        name: 'eth0',
        mac: '02:42:0a:d5:01:0b',
        isUp: true,
        addresses: [{ address: '10.213.1.11', prefix: 24, family: 'inet', scope: 'global' }],
      },
    ],
    mounts: [
      { path: '/', source: 'overlay', type: 'overlay', size: 270_553_174_016, available: 81_137_803_264 },
      { path: '/dev', source: 'tmpfs', type: 'tmpfs', size: 67_108_864, available: 67_108_864 },
    ],
  })
})

it('the machine of Debian 12', () => {
  expect(parseMachine(debian12)).toEqual({
    memory: 25_276_510_208,
    cpus: 2,
    virtualization: 'none',
    interfaces: [
      { name: 'ifb0', mac: '62:05:c5:94:63:aa', isUp: false, addresses: [] },
      {
        name: 'eth0',
        mac: '02:fc:00:00:00:01',
        isUp: true,
        addresses: [
          { address: '192.0.2.2', prefix: 24, family: 'inet', scope: 'global' },
          { address: 'fd00::2', prefix: 64, family: 'inet6', scope: 'global' },
        ],
      },
    ],
    mounts: [
      { path: '/dev/shm', source: 'tmpfs', type: 'tmpfs', size: 25_276_510_208, available: 25_276_510_208 },
      { path: '/', source: '/dev/vda', type: 'ext4', size: 270_553_174_016, available: 81_119_535_104 },
    ],
  })
})

it('texts for sizes, file systems that do not answer, and empty objects of ip are understood', () => {
  const mount = { target: '/', source: null, fstype: 'ext4', size: '10', avail: '5' }
  const silent = { target: '/mnt', source: 'server:/a', fstype: 'nfs4', size: null, avail: null }
  expect(parseMachine(`1 1 \n[{}]\n${JSON.stringify({ filesystems: [mount, silent] })}`)).toEqual({
    memory: 1024,
    cpus: 1,
    virtualization: 'none',
    interfaces: [],
    mounts: [{ path: '/', source: '', type: 'ext4', size: 10, available: 5 }],
  })
})

it('is read by one command', async () => {
  const host = new ScriptedHost(() => debian13)
  expect((await host.host.fact(machineFact)).cpus).toBe(2)
  expect(host.commands).toMatchInlineSnapshot(`
    [
      "sh -euc 'while read -r key value unit; do if [ "$key" = MemTotal: ]; then memory=$value; fi; done </proc/meminfo
    virtualization=$(systemd-detect-virt 2>/dev/null) || :
    echo "$memory $(nproc) $virtualization"
    ip -json address
    findmnt --json --bytes --list --output TARGET,SOURCE,FSTYPE,SIZE,AVAIL'",
    ]
  `)
})
