import { expect, it } from 'vitest'
import { cgroupMemory } from '../../../tasks/doctor/cgroup-memory.ts'
import { known, lines, patient } from './patient.ts'

const wrong = 'warning: the kernel cannot limit the memory of containers: `memory` of an app has no effect | '
/** A Raspberry Pi 4 with Raspberry Pi OS 12. */
const pi = (line: string): string =>
  `model=Raspberry Pi 4 Model B Rev 1.5\ncontrollers=cpuset cpu io pids\nfile=/boot/firmware/cmdline.txt\nline=${line}\n`
const line = 'console=serial0,115200 console=tty1 root=PARTUUID=9730496b-02 rootfstype=ext4 fsck.repair=yes rootwait'

it.each([
  [
    'cgroup v2',
    'controllers=cpuset cpu io memory hugetlb pids rdma misc\n',
    'ok: the kernel can limit the memory of containers',
  ],
  ['cgroup v1', 'controllers= memory\n', 'ok: the kernel can limit the memory of containers'],
  [
    'a Raspberry Pi as it comes',
    pi(line),
    `${wrong}Add to the end of the one line of /boot/firmware/cmdline.txt, and reboot: cgroup_enable=memory cgroup_memory=1`,
  ],
  [
    'a Raspberry Pi that was not rebooted yet',
    pi(`${line} cgroup_enable=memory cgroup_memory=1`),
    `${wrong}/boot/firmware/cmdline.txt has cgroup_enable=memory already: reboot.`,
  ],
  [
    'another machine',
    'controllers=cpu io pids\n',
    `${wrong}Add cgroup_enable=memory cgroup_memory=1 to the command line of the kernel (GRUB_CMDLINE_LINUX in /etc/default/grub; update-grub), and reboot.`,
  ],
])('%s', (_, shown, expected) =>
  expect(lines(cgroupMemory.find(shown, { ...patient(), ...known }))).toEqual([expected]),
)
