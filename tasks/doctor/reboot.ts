import { type Check, ok } from './check.ts'

/**
 * What asks for a reboot: packages, as Ubuntu and unattended-upgrades note it; and the kernel that runs, with the newest
 * one of its kind, where those are in /boot.
 */
const script = `if [ -e /run/reboot-required ]; then echo required; cat /run/reboot-required.pkgs 2>/dev/null; fi
running=$(uname -r)
if [ -e "/boot/vmlinuz-$running" ]; then
  kind=$(printf '%s\\n' "$running" | sed 's/^[0-9][0-9.]*\\([-+][0-9][0-9.]*\\)*//')
  newest=$(printf '%s\\n' "/boot/vmlinuz-"[0-9]*"$kind" | sort -V | tail -n 1)
  echo "kernel $running \${newest#/boot/vmlinuz-}"
fi`

/** Whether something asks for a reboot. */
export const reboot: Check = {
  name: 'reboot',
  script: () => script,
  find: (shown) => {
    const [, running, newest] = /^kernel (\S+) (\S+)$/m.exec(shown) ?? []
    const [required, ...packages] = shown.split('\n').filter((line) => line !== '' && !line.startsWith('kernel '))
    if (required === undefined && running === newest) return ok('none is pending')
    const by =
      packages.length > 0
        ? `, for ${[...new Set(packages)].join(', ')}`
        : running === newest
          ? ''
          : `: the kernel ${newest} is installed, and ${running} runs`
    return [
      {
        severity: 'note',
        text: `a reboot is pending${by}`,
        hint: 'Reboot when it suits: the containers start again by themselves, and the apps are away meanwhile.',
      },
    ]
  },
}
