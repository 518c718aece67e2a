import { type Check, ok } from './check.ts'

/** The model of a Raspberry Pi, the controllers of the kernel, the file that its command line comes from, and that line. */
const script = `if [ -e /proc/device-tree/model ]; then echo "model=$(tr -d '\\0' </proc/device-tree/model)"; fi
controllers=
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then read -r controllers </sys/fs/cgroup/cgroup.controllers; fi
while read -r name hierarchy groups enabled; do
  if [ "$name $enabled" = 'memory 1' ]; then controllers="$controllers memory"; fi
done </proc/cgroups
echo "controllers=$controllers"
for file in /boot/firmware/cmdline.txt /boot/cmdline.txt; do
  if [ -f "$file" ]; then echo "file=$file"; read -r line <"$file"; printf 'line=%s\\n' "$line"; break; fi
done`

const parameters = 'cgroup_enable=memory cgroup_memory=1'

/** Whether the kernel can limit and count the memory of containers. The firmware of a Raspberry Pi turns that off. */
export const cgroupMemory: Check = {
  name: 'cgroup',
  script: () => script,
  find: (shown) => {
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(shown)?.[1]?.trim() ?? ''
    if (value('controllers').split(' ').includes('memory')) return ok('the kernel can limit the memory of containers')
    const isPi = value('model').startsWith('Raspberry Pi')
    const file = value('file')
    const hint = !isPi
      ? `Add ${parameters} to the command line of the kernel (GRUB_CMDLINE_LINUX in /etc/default/grub; update-grub), and reboot.`
      : /\bcgroup_enable=memory\b/.test(value('line'))
        ? `${file} has ${parameters.split(' ')[0]} already: reboot.`
        : `Add to the end of the one line of ${file || '/boot/firmware/cmdline.txt'}, and reboot: ${parameters}`
    return [
      {
        severity: 'warning',
        text: 'the kernel cannot limit the memory of containers: `memory` of an app has no effect',
        hint,
      },
    ]
  },
}
