import { type Check, ok } from './check.ts'

/** Whether a package asks for a reboot. */
export const reboot: Check = {
  name: 'reboot',
  script: () => 'if [ -e /run/reboot-required ]; then echo required; cat /run/reboot-required.pkgs 2>/dev/null; fi',
  find: (shown) => {
    const [required, ...packages] = shown.split('\n').filter(Boolean)
    if (required === undefined) return ok('none is pending')
    const by = packages.length > 0 ? `, for ${[...new Set(packages)].join(', ')}` : ''
    return [
      {
        severity: 'note',
        text: `a reboot is pending${by}`,
        hint: 'Reboot when it suits: the containers start again by themselves, and the apps are away meanwhile.',
      },
    ]
  },
}
