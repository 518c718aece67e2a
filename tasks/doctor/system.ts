import { CutoverError } from '../../runner/index.ts'
import type { Check } from './check.ts'
import { refusal } from './refusal.ts'

/** The distribution and the architecture: of the kernel and of the packages, which may be for fewer bits. */
export const system: Check = {
  name: 'system',
  script: () => 'uname -r',
  find: (shown, { platform }) =>
    platform instanceof CutoverError
      ? [refusal(platform)]
      : [
          {
            severity: 'ok',
            text: `${platform.distro} ${platform.release} (${platform.codename}), ${platform.docker}, kernel ${shown.trim()}`,
          },
        ],
}
